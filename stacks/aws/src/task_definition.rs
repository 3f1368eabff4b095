//! Task definitions: never edited, each change is a new revision. Normalised when read, so that a plan shows no false change.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_ecs::types::{
    Compatibility, ContainerDefinition, CpuArchitecture, EphemeralStorage, HealthCheck,
    KeyValuePair, LogConfiguration, LogDriver, NetworkMode, OsFamily, PortMapping, RuntimePlatform,
    Secret, SortOrder, Tag, TaskDefinition as Sdk, TaskDefinitionField, TaskDefinitionStatus,
    TransportProtocol,
};
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    resource::{
        ContainerHealthCheck, Digest, FargateTask, Image, LogOptions, Program, Resource,
        TaskDefinition,
    },
};

use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    image,
    names::CONTAINER,
    secret,
    tags::{self, Tags, sdk_tags},
    target_group::whole,
    wait::{Pace, until},
};

/// What ECS says of a definition that is not there.
const ABSENT: [&str; 1] = ["ClientException"];

/// Disk in GiB that Fargate gives for nothing, and does not mention.
const FREE_STORAGE: i32 = 20;

/// How long a new role may take to be seen by ECS.
const ROLE_LIMIT: Duration = Duration::from_secs(120);

/// A revision that exists.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    pub(crate) arn: String,
    pub(crate) tags: Tags,
    pub(crate) definition: TaskDefinition,
    pub(crate) registered_at: Option<Timestamp>,
}

/// Looks for a revision: the latest of a family, or the one of this ARN.
pub(crate) async fn look(aws: &Aws, called: &str) -> Reply<Option<Revision>> {
    let asked = aws.clients.ecs.describe_task_definition().task_definition(called);
    let asked = asked.include(TaskDefinitionField::Tags).send();
    let found = call("ecs DescribeTaskDefinition", asked).await.or_absent(&ABSENT)?;
    let Some(found) = found else { return Ok(None) };
    let Some(sdk) = found.task_definition() else { return Ok(None) };
    if sdk.status() != Some(&TaskDefinitionStatus::Active) && sdk.status().is_some() {
        return Ok(None);
    }
    let tags = Tags::new(found.tags(), |it: &Tag| (it.key(), it.value()));
    let definition = definition(aws, sdk, &tags);
    let arn = sdk.task_definition_arn().unwrap_or_default().to_owned();
    let registered_at = sdk.registered_at().and_then(|it| Timestamp::from_second(it.secs()).ok());
    Ok(Some(Revision { arn, tags, definition, registered_at }))
}

impl Revision {
    /// Its digest. The tag has it, since a revision never changes.
    pub(crate) fn digest(&self) -> Digest {
        let tagged = self.tags.revision().map(|it| serde_json::Value::String(it.to_owned()));
        tagged
            .and_then(|it| serde_json::from_value(it).ok())
            .unwrap_or_else(|| Digest::of(&self.definition))
    }
}

/// What a revision is.
fn definition(aws: &Aws, sdk: &Sdk, tags: &Tags) -> TaskDefinition {
    let all = sdk.container_definitions();
    let container = all.iter().find(|it| it.name() == Some(CONTAINER)).or_else(|| all.first());
    let empty = ContainerDefinition::builder().build();
    let container = container.unwrap_or(&empty);
    let number = |text: Option<&str>| text.and_then(|it| it.parse().ok()).unwrap_or_default();
    let pairs = |it: &KeyValuePair| {
        Some((it.name()?.to_owned(), it.value().unwrap_or_default().to_owned()))
    };
    let secrets = |it: &Secret| (it.name().to_owned(), secret_called(it.value_from()));
    let secrets: BTreeMap<String, String> = container.secrets().iter().map(secrets).collect();
    let key = format!("ssm:{}", aws.names.of(&secret::address()));
    let program = program(container.image().unwrap_or_default(), tags);
    let image = matches!(program, Program::Built(_)).then(Image::own);
    let has_key = secrets.values().any(|it| *it == key);
    TaskDefinition {
        name: Name::app(),
        program,
        cpu: number(sdk.cpu()),
        memory: number(sdk.memory()),
        port: container
            .port_mappings()
            .first()
            .and_then(|it| it.container_port())
            .and_then(|it| u16::try_from(it).ok())
            .unwrap_or_default(),
        environment: container.environment().iter().filter_map(pairs).collect(),
        secrets,
        health_check: health_check(container.health_check()),
        stop_timeout: seconds(container.stop_timeout(), 30),
        store: None,
        fargate: Some(FargateTask {
            architecture: match sdk.runtime_platform().and_then(|it| it.cpu_architecture()) {
                Some(CpuArchitecture::Arm64) => "arm64".to_owned(),
                _ => "x86_64".to_owned(),
            },
            ephemeral_storage: sdk
                .ephemeral_storage()
                .map_or(FREE_STORAGE, |it| it.size_in_gib())
                .try_into()
                .unwrap_or_default(),
            execution_role: role_called(aws, sdk.execution_role_arn()),
            task_role: role_called(aws, sdk.task_role_arn()),
            log: log(aws, container.log_configuration()),
            image_in_file: tags.image_in_file().map(ToOwned::to_owned),
            key: has_key.then(secret::address),
            image,
        }),
    }
}

/// What a task runs, as the stack calls it.
fn program(image: &str, tags: &Tags) -> Program {
    match image.split_once('@') {
        Some((_, digest)) if tags.is_built() => Program::Built(digest.to_owned()),
        _ => Program::Image(image.to_owned()),
    }
}

fn seconds(given: Option<i32>, default: u64) -> Duration {
    Duration::from_secs(given.and_then(|it| u64::try_from(it).ok()).unwrap_or(default))
}

/// ECS's defaults stand for what is not said.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
fn health_check(check: Option<&HealthCheck>) -> ContainerHealthCheck {
    ContainerHealthCheck {
        command: check.map(|it| it.command().to_vec()).unwrap_or_default(),
        interval: seconds(check.and_then(|it| it.interval()), 30),
        timeout: seconds(check.and_then(|it| it.timeout()), 5),
        retries: check.and_then(|it| it.retries()).and_then(|it| it.try_into().ok()).unwrap_or(3),
        start_period: seconds(check.and_then(|it| it.start_period()), 0),
    }
}

fn log(aws: &Aws, configuration: Option<&LogConfiguration>) -> LogOptions {
    let options = configuration.and_then(|it| it.options());
    let option = |key: &str| options.and_then(|it| it.get(key)).map(String::as_str);
    let group = option("awslogs-group").unwrap_or_default();
    LogOptions {
        group: aws.names.address_of(Kind::LogGroup, group).unwrap_or(Address::app(Kind::LogGroup)),
        mode: option("mode").unwrap_or("non-blocking").to_owned(),
        buffer: option("max-buffer-size").and_then(|it| it.trim_end_matches('m').parse().ok()),
    }
}

/// The role that an ARN names, by its address; the ARN itself shows when it is not one of the stack's.
fn role_called(aws: &Aws, arn: Option<&str>) -> Address {
    let called = arn.and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let ours = crate::role::ALL.map(|name| Address::of(Kind::Role, name));
    ours.into_iter()
        .find(|address| aws.names.of(address) == called)
        .unwrap_or_else(|| Address::of(Kind::Role, "other"))
}

/// Where a secret is kept, as the file names it.
fn secret_called(value_from: &str) -> String {
    let parts: Vec<&str> = value_from.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, _, "ssm", _, _, rest] => {
            format!("ssm:{}", rest.strip_prefix("parameter").unwrap_or(rest))
        }
        [_, _, "secretsmanager", _, _, rest] => {
            format!("secretsmanager:{}", rest.strip_prefix("secret:").unwrap_or(rest))
        }
        _ => value_from.to_owned(),
    }
}

/// The ARN by which ECS reads a secret.
fn secret_arn(aws: &Aws, account: &str, called: &str) -> String {
    match called.split_once(':') {
        Some(("ssm", path)) => aws.names.arn("ssm", account, &format!("parameter{path}")),
        Some(("secretsmanager", name)) => {
            aws.names.arn("secretsmanager", account, &format!("secret:{name}"))
        }
        _ => called.to_owned(),
    }
}

/// The container of a task.
pub(crate) fn container(aws: &Aws, account: &str, to: &TaskDefinition) -> ContainerDefinition {
    let check = &to.health_check;
    let image = match &to.program {
        Program::Built(digest) => image::name(aws, account, digest),
        other => other.to_string(),
    };
    let environment: BTreeMap<&String, &String> = to.environment.iter().collect();
    let pair =
        |(name, value): (&String, &String)| KeyValuePair::builder().name(name).value(value).build();
    let secret = |(name, place): (&String, &String)| {
        let secret = Secret::builder().name(name).value_from(secret_arn(aws, account, place));
        secret.build().expect("a secret has a name and a place")
    };
    ContainerDefinition::builder()
        .name(CONTAINER)
        .image(image)
        .essential(true)
        .set_environment(Some(environment.into_iter().map(pair).collect()))
        .set_secrets(Some(to.secrets.iter().map(secret).collect()))
        .port_mappings(
            PortMapping::builder()
                .container_port(i32::from(to.port))
                .host_port(i32::from(to.port))
                .protocol(TransportProtocol::Tcp)
                .build(),
        )
        .health_check(
            HealthCheck::builder()
                .set_command(Some(check.command.clone()))
                .interval(whole(check.interval))
                .timeout(whole(check.timeout))
                .retries(i32::try_from(check.retries).unwrap_or(i32::MAX))
                .start_period(whole(check.start_period))
                .build()
                .expect("a health check has a command"),
        )
        .stop_timeout(whole(to.stop_timeout))
        .set_log_configuration(to.fargate.as_ref().map(|it| log_configuration(aws, &it.log)))
        .build()
}

fn log_configuration(aws: &Aws, log: &LogOptions) -> LogConfiguration {
    let buffer = log.buffer.map(|it| ("max-buffer-size".to_owned(), format!("{it}m")));
    let options = [
        ("awslogs-group".to_owned(), aws.names.of(&log.group)),
        ("awslogs-region".to_owned(), aws.names.region().to_owned()),
        ("awslogs-stream-prefix".to_owned(), "task".to_owned()),
        ("mode".to_owned(), log.mode.clone()),
    ];
    LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .set_options(Some(options.into_iter().chain(buffer).collect()))
        .build()
        .expect("a log configuration has a driver")
}

/// Registers a new revision. Repeating it registers another one like it, which does no harm.
pub(crate) async fn register(aws: &Aws, to: &TaskDefinition) -> Reply<()> {
    let resource = Resource::from(to.clone());
    let address = resource.address();
    let Some(fargate) = &to.fargate else { return Err(BackendError::NotOnThisTarget(address)) };
    let account = aws.account().await?;
    let digest = Digest::of(to);
    if aws.known_id(&of_revision(&digest)).is_some() {
        // Registered before, by a deployment that did not come to its end.
        return Ok(());
    }
    let own = tags::of_revision(
        &digest,
        fargate.image_in_file.as_deref(),
        matches!(to.program, Program::Built(_)),
    );
    let tags: Vec<tags::Tag> = std::iter::once(tags::owner(aws.names.stack())).chain(own).collect();
    let (execution, task) =
        (aws.id(&fargate.execution_role, &address)?, aws.id(&fargate.task_role, &address)?);
    let storage = i32::try_from(fargate.ephemeral_storage).unwrap_or(FREE_STORAGE);
    let storage =
        (storage > FREE_STORAGE).then(|| EphemeralStorage::builder().size_in_gib(storage).build());
    let platform = RuntimePlatform::builder()
        .cpu_architecture(match fargate.architecture.as_str() {
            "arm64" => CpuArchitecture::Arm64,
            _ => CpuArchitecture::X8664,
        })
        .operating_system_family(OsFamily::Linux)
        .build();
    let register = aws
        .clients
        .ecs
        .register_task_definition()
        .family(aws.names.of(&address))
        .requires_compatibilities(Compatibility::Fargate)
        .network_mode(NetworkMode::Awsvpc)
        .cpu(to.cpu.to_string())
        .memory(to.memory.to_string())
        .runtime_platform(platform)
        .set_ephemeral_storage(storage)
        .execution_role_arn(execution)
        .task_role_arn(task)
        .container_definitions(container(aws, account, to))
        .set_tags(Some(sdk_tags!(aws_sdk_ecs, tags)));
    let arn = until("seeing a new role", Pace::up_to(ROLE_LIMIT), async || {
        match call("ecs RegisterTaskDefinition", register.clone().send()).await {
            Ok(made) => Ok(made.task_definition.and_then(|it| it.task_definition_arn)),
            Err(refusal) if refusal.says("Role is not valid") => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await?;
    aws.learn(&address, &arn);
    aws.learn(&of_revision(&digest), arn);
    Ok(())
}

/// Where the ARN of a revision is remembered.
pub(crate) fn of_revision(digest: &Digest) -> Address {
    Address::of(Kind::TaskDefinition, digest.as_str())
}

/// The ARN of a revision: remembered, or found among the latest of the family.
pub(crate) async fn arn_of(aws: &Aws, digest: &Digest, needed_by: &Address) -> Reply<String> {
    if let Some(arn) = aws.known_id(&of_revision(digest)) {
        return Ok(arn);
    }
    let family = aws.names.of(&Address::app(Kind::TaskDefinition));
    for arn in revisions(aws, &family, &TaskDefinitionStatus::Active).await? {
        let found = look(aws, &arn).await?;
        if found.is_some_and(|it| it.digest() == *digest) {
            aws.learn(&of_revision(digest), arn.clone());
            return Ok(arn);
        }
    }
    Err(BackendError::Missing {
        address: needed_by.clone(),
        needs: Address::app(Kind::TaskDefinition),
    })
}

/// The ARNs of a family's revisions, the latest first.
pub(crate) async fn revisions(
    aws: &Aws,
    family: &str,
    status: &TaskDefinitionStatus,
) -> Reply<Vec<String>> {
    let ask = aws.clients.ecs.list_task_definitions().family_prefix(family).status(status.clone());
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let page = ask.clone().sort(SortOrder::Desc).set_next_token(token).send();
        let page = call("ecs ListTaskDefinitions", page).await?;
        all.extend(page.task_definition_arns.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            // A prefix may begin another family's name too.
            let of_family = format!("task-definition/{family}:");
            all.retain(|it| it.contains(&of_family));
            return Ok(all);
        }
    }
}

/// Removes every revision that is ours. AWS deletes them late; they cost nothing meanwhile.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let family = aws.names.of(address);
    for arn in revisions(aws, &family, &TaskDefinitionStatus::Active).await? {
        let ours =
            look(aws, &arn).await?.is_some_and(|it| it.tags.owner() == Some(aws.names.stack()));
        if ours {
            let gone = aws.clients.ecs.deregister_task_definition().task_definition(&arn).send();
            call("ecs DeregisterTaskDefinition", gone).await.or_absent(&ABSENT)?;
        }
    }
    let inactive = revisions(aws, &family, &TaskDefinitionStatus::Inactive).await?;
    for some in inactive.chunks(10) {
        let delete = aws.clients.ecs.delete_task_definitions();
        let delete = delete.set_task_definitions(Some(some.to_vec())).send();
        call("ecs DeleteTaskDefinitions", delete).await.or_absent(&ABSENT)?;
    }
    aws.forget(address);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_called_as_the_file_calls_them() {
        for (arn, called) in [
            ("arn:aws:ssm:eu-west-1:1:parameter/a/b", "ssm:/a/b"),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:a/b", "secretsmanager:a/b"),
            ("plain", "plain"),
        ] {
            assert_eq!(secret_called(arn), called);
        }
    }

    #[test]
    fn what_ecs_does_not_mention_is_its_default() {
        let check = health_check(None);
        assert_eq!((check.interval.as_secs(), check.timeout.as_secs(), check.retries), (30, 5, 3));
        assert_eq!(check.start_period, Duration::ZERO);
        assert_eq!(seconds(None, 30), Duration::from_secs(30));
    }
}
