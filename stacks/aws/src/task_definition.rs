//! Task definitions: never edited, each change is a new revision. Normalised when read, so that a plan shows no false change.

mod container;
mod read;

use std::time::Duration;

use aws_sdk_ecs::types::{
    Compatibility, CpuArchitecture, EphemeralStorage, NetworkMode, OsFamily, RuntimePlatform,
    SortOrder, Tag, TaskDefinitionField, TaskDefinitionStatus,
};
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Digest, Program, Resource, TaskDefinition},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    tags::{self, Tags, sdk_tags},
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
    let definition = read::definition(aws, sdk, &tags);
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
        .container_definitions(container::container(aws, account, to))
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
