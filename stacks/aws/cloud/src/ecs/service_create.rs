//! Creating services, and what ECS refuses in them.

use serde_json::{Value, json};

use super::deployment::Target;
use super::names::{cluster, cluster_arn, cluster_missing, service_arn};
use super::service::{Life, Service, position};
use super::{Cluster, attempt, invalid, rollout, service_view};
use crate::account::{ACCOUNT, Here, Region};
use crate::iam::Assumable;
use crate::input::{fill, keep, list, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

/// What a caller may say of a service and ECS simply remembers.
pub(super) const SENT: [&str; 15] = [
    "serviceRegistries",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
    "volumeConfigurations",
];

/// The ARN of the active task definition that a name stands for.
pub(super) fn definition(region: &mut Region, name: &str) -> Result<(String, Value), Refusal> {
    let found = super::definition::find(region, name)
        .ok_or_else(|| Refusal::new("ClientException", "TaskDefinition not found."))?;
    if found.status() != "ACTIVE" {
        return Err(Refusal::new("ClientException", "TaskDefinition is inactive"));
    }
    Ok((found.arn().to_owned(), found.fields.clone()))
}

/// A network as ECS reads it back, checked.
pub(super) fn network(region: &Region, sent: &Value) -> Result<Value, Refusal> {
    let Some(vpc) = sent.get("awsvpcConfiguration").filter(|vpc| vpc.is_object()) else {
        return Err(invalid(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ));
    };
    let subnets = texts(vpc, "subnets");
    if subnets.is_empty() {
        return Err(invalid("subnets can not be empty."));
    }
    for id in &subnets {
        if region.ec2.subnet(id).is_none() {
            return Err(invalid(format!(
                "Error retrieving subnet information for [{id}]: The subnet ID '{id}' does not \
                 exist (ErrorCode: InvalidSubnetID.NotFound)"
            )));
        }
    }
    for id in texts(vpc, "securityGroups") {
        if !region.ec2.groups.contains_key(&id) {
            return Err(invalid(format!(
                "Error retrieving security group information for [{id}]: The security group \
                 '{id}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            )));
        }
    }
    let mut vpc = vpc.clone();
    fill(&mut vpc, &json!({"securityGroups": [], "assignPublicIp": "DISABLED"}));
    Ok(json!({"awsvpcConfiguration": vpc}))
}

/// The balancers of a service, checked against its task definition.
pub(super) fn balancers(
    region: &Region,
    sent: &[Value],
    definition: &Value,
) -> Result<Value, Refusal> {
    for each in sent {
        let arn = text(each, "targetGroupArn").unwrap_or_default();
        let Some(group) = region.elb.groups.get(arn) else {
            return Err(invalid(format!("Unable to find target group '{arn}'.")));
        };
        if region.elb.balancers_of(arn).is_empty() {
            return Err(invalid(format!(
                "The target group with targetGroupArn {arn} does not have an associated load \
                 balancer."
            )));
        }
        if text(&group.fields, "TargetType") != Some("ip") {
            return Err(invalid(format!(
                "The provided target group {arn} has target type instance, which is incompatible \
                 with the awsvpc network mode specified in the task definition."
            )));
        }
        let name = text(each, "containerName").unwrap_or_default();
        let port = whole(each, "containerPort").unwrap_or_default();
        let containers = list(definition, "containerDefinitions");
        let container = containers.iter().find(|each| text(each, "name") == Some(name));
        let container = container.ok_or_else(|| {
            invalid(format!("The container {name} does not exist in the task definition."))
        })?;
        let mapped = |each: &Value| whole(each, "containerPort") == Some(port);
        if !list(container, "portMappings").iter().any(mapped) {
            return Err(invalid(format!(
                "The container {name} did not have a container port {port} defined."
            )));
        }
    }
    Ok(Value::Array(sent.to_vec()))
}

/// Refuses roles that ECS cannot assume, or not yet.
pub(super) fn roles(here: &mut Here<'_>, definition: &Value, action: &str) -> Result<(), Refusal> {
    let mut refused = None;
    for key in ["executionRoleArn", "taskRoleArn"] {
        let Some(arn) = text(definition, key) else { continue };
        let unseen = here.pace.role_unseen;
        if here.iam.assume(arn, "ecs-tasks.amazonaws.com", action, unseen) == Assumable::No {
            refused = Some(arn.to_owned());
        }
    }
    match refused {
        None => Ok(()),
        Some(arn) => Err(invalid(format!(
            "ECS was unable to assume the role '{arn}' that was provided for this task. Please \
             verify that the role being passed has the proper trust relationship and permissions \
             and that your IAM user has permissions to pass this role."
        ))),
    }
}

fn defaults() -> Value {
    json!({
        "serviceRegistries": [], "placementConstraints": [], "placementStrategy": [],
        "platformVersion": "LATEST", "platformFamily": "Linux", "schedulingStrategy": "REPLICA",
        "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": {"enable": false, "rollback": false},
            "strategy": "ROLLING", "bakeTimeInMinutes": 0},
        "deploymentController": {"type": "ECS"}, "healthCheckGracePeriodSeconds": 0,
        "enableECSManagedTags": false, "enableExecuteCommand": false, "propagateTags": "NONE",
        "availabilityZoneRebalancing": "ENABLED",
        "createdBy": format!("arn:aws:iam::{ACCOUNT}:user/tester"),
        "roleArn": format!(
            "arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        ),
    })
}

/// What stands in the way of a new service: an older one of its name.
fn earlier(
    region: &Region,
    cluster: &str,
    name: &str,
    token: Option<&str>,
) -> Result<bool, Refusal> {
    let at = position(region, cluster, name);
    let Some(old) = at.and_then(|at| region.ecs.services.get(at)) else { return Ok(false) };
    match old.life {
        Life::Active if token.is_some() && old.token.as_deref() == token => Ok(true),
        Life::Active => Err(invalid("Creation of service was not idempotent.")),
        Life::Draining(_) => Err(invalid("Unable to Start a service that is still Draining.")),
        Life::Inactive(_) => Ok(false),
    }
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let cluster = cluster(input);
    if !here.region.ecs.clusters.get(cluster).is_some_and(Cluster::active) {
        return Err(cluster_missing());
    }
    let name = text(input, "serviceName").ok_or_else(|| invalid("Service name is required."))?;
    let token = text(input, "clientToken");
    if earlier(here.region, cluster, name, token)? {
        return service_view::one(here.region, cluster, name);
    }
    let asked = text(input, "taskDefinition").unwrap_or_default();
    let (arn, fields) = definition(here.region, asked)?;
    let network = network(here.region, input.get("networkConfiguration").unwrap_or(&Value::Null))?;
    let balancers = balancers(here.region, list(input, "loadBalancers"), &fields)?;
    roles(here, &fields, "CreateService")?;

    let mut fields = keep(input, &SENT);
    fill(&mut fields, &defaults());
    if list(input, "capacityProviderStrategy").is_empty() {
        let kind = text(input, "launchType").unwrap_or("EC2");
        set(&mut fields, "launchType", kind);
        set(&mut fields, "capacityProviderStrategy", Value::Null);
    }
    let service_arn = service_arn(here.region, cluster, name);
    set(&mut fields, "serviceArn", service_arn.clone());
    set(&mut fields, "serviceName", name);
    set(&mut fields, "clusterArn", cluster_arn(here.region, cluster));
    set(&mut fields, "createdAt", here.now.seconds());
    let mut service = Service {
        arn: service_arn,
        name: name.to_owned(),
        cluster: cluster.to_owned(),
        fields,
        desired: whole(input, "desiredCount").unwrap_or_default(),
        life: Life::Active,
        token: token.map(str::to_owned),
        tags: tags::from_pairs(input, "tags"),
        deployments: Vec::new(),
        events: Vec::new(),
        attempts: Vec::new(),
        settled: None,
        next_tick: here.now.plus(here.pace.phase),
        quiet: false,
        started: 0,
    };
    rollout::begin(here, &mut service, Target { definition: arn, network, balancers }, here.now);
    attempt::began(here.region, &mut service, here.now);
    rollout::complete(here, &mut service, &[], here.now);
    let replaced = position(here.region, cluster, name);
    replaced.map(|at| here.region.ecs.services.remove(at));
    here.region.ecs.services.push(service);
    service_view::one(here.region, cluster, name)
}
