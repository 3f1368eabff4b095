//! Registering task definitions: what is refused, and what is filled in.

use serde_json::{Value, json};

use super::definition::Definition;
use super::fargate;
use crate::account::{ACCOUNT, Here};
use crate::iam::Assumable;
use crate::input::{fill, keep, list, need, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

/// What a caller may say of a task definition.
const SENT: [&str; 16] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
];

fn client(message: impl Into<String>) -> Refusal {
    Refusal::new("ClientException", message)
}

fn check(input: &Value, fargate: bool) -> Result<(), Refusal> {
    let family = need(input, "family").map_err(|_| client("Family should not be empty."))?;
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if family.len() > 255 || !family.chars().all(legal) {
        return Err(client("Family contains invalid characters."));
    }
    let containers = list(input, "containerDefinitions");
    if containers.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    for container in containers {
        if text(container, "name").is_none() || text(container, "image").is_none() {
            return Err(client("Container.name and Container.image should not be empty."));
        }
    }
    if !fargate {
        return Ok(());
    }
    fargate::check(input)?;
    let logs = |c: &Value| {
        c.get("logConfiguration").and_then(|log| text(log, "logDriver")) == Some("awslogs")
    };
    if containers.iter().any(logs) && text(input, "executionRoleArn").is_none() {
        return Err(client(
            "Fargate requires task definition to have execution role ARN to support log driver \
             awslogs.",
        ));
    }
    if containers.iter().any(|each| !list(each, "secrets").is_empty())
        && text(input, "executionRoleArn").is_none()
    {
        return Err(client(
            "When you are specifying container secrets, you must also specify a value for \
             'executionRoleArn'.",
        ));
    }
    Ok(())
}

/// A container as AWS reads it back.
fn completed(container: &Value) -> Value {
    let mut container = container.clone();
    fill(
        &mut container,
        &json!({"cpu": 0, "essential": true, "portMappings": [], "environment": [],
                "mountPoints": [], "volumesFrom": [], "systemControls": []}),
    );
    let ports: Value = list(&container, "portMappings")
        .iter()
        .map(|mapping| {
            let mut mapping = mapping.clone();
            let port = whole(&mapping, "containerPort");
            fill(&mut mapping, &json!({"hostPort": port, "protocol": "tcp"}));
            mapping
        })
        .collect();
    set(&mut container, "portMappings", ports);
    if container.get("healthCheck").is_some_and(Value::is_object) {
        let defaults = json!({"interval": 30, "timeout": 5, "retries": 3});
        fill(&mut container, &json!({"healthCheck": defaults}));
    }
    if container.get("logConfiguration").is_some_and(Value::is_object) {
        fill(&mut container, &json!({"logConfiguration": {"options": {}, "secretOptions": []}}));
    }
    container
}

pub(super) fn register(here: &mut Here<'_>, input: &Value) -> Reply {
    let fargate = texts(input, "requiresCompatibilities").iter().any(|each| each == "FARGATE");
    check(input, fargate)?;
    let mut valid = true;
    for key in ["taskRoleArn", "executionRoleArn"] {
        let Some(arn) = text(input, key) else { continue };
        let principal = "ecs-tasks.amazonaws.com";
        let unseen = here.pace.role_unseen;
        let may = here.iam.assume(arn, principal, "RegisterTaskDefinition", unseen);
        valid &= may == Assumable::Yes || here.iam.exists_without_trust(arn, principal);
    }
    if !valid {
        return Err(client("Role is not valid"));
    }
    let family = need(input, "family")?.to_owned();
    let revisions = here.region.ecs.definitions.get(&family);
    let revision = revisions.map_or(0, Vec::len) + 1;
    let arn = here.region.arn("ecs", &format!("task-definition/{family}:{revision}"));
    let mut fields = keep(input, &SENT);
    let containers: Value = list(input, "containerDefinitions").iter().map(completed).collect();
    set(&mut fields, "containerDefinitions", containers);
    let compatibilities = if fargate { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) };
    fill(
        &mut fields,
        &json!({
            "taskDefinitionArn": arn, "revision": revision, "status": "ACTIVE", "volumes": [],
            "placementConstraints": [], "requiresAttributes": [],
            "compatibilities": compatibilities, "registeredAt": here.now.seconds(),
            "registeredBy": format!("arn:aws:iam::{ACCOUNT}:user/tester"),
        }),
    );
    let tags = tags::from_pairs(input, "tags");
    let shown = json!({"taskDefinition": fields, "tags": tags::low_pairs(&tags)});
    let revisions = here.region.ecs.definitions.entry(family).or_default();
    revisions.push(Definition { fields, tags });
    Ok(shown)
}
