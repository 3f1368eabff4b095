//! The revisions that a stack had, as ECS and Lambda keep them: the one place that remembers what ran before. Reads only.

pub(crate) mod lambda;

use std::collections::BTreeSet;

use aws_sdk_ecs::types::TaskDefinitionStatus;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::Digest,
};
use serde::Serialize;

use crate::{aws::Aws, service, task_definition};

/// How many are looked at, the latest. Ours: each is a call, and nobody goes back farther.
const MOST: usize = 50;

/// How many calls are under way at once.
const AT_ONCE: usize = 8;

/// A revision that the stack has or had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastRevision {
    /// Which one, as plans show it.
    pub revision: Digest,
    /// What its tasks run, or which version of the function it is.
    pub image: String,
    /// The image that the file named when `--image` put this one in its place.
    pub image_in_file: Option<String>,
    /// When ECS or Lambda learned of it, the last time.
    pub registered_at: Option<Timestamp>,
    /// Whether the service goes by it.
    pub serves: bool,
}

/// The stack's own revisions, the latest first, each once.
pub(crate) async fn read(aws: &Aws) -> Reply<Vec<PastRevision>> {
    let family = aws.names.of(&Address::app(Kind::TaskDefinition));
    let (arns, service) = tokio::try_join!(
        task_definition::revisions(aws, &family, &TaskDefinitionStatus::Active),
        service::look(aws),
    )?;
    let service = service::active(service);
    let serving = service.as_ref().and_then(|it| it.task_definition());
    let looks = arns
        .into_iter()
        .take(MOST)
        .map(|arn| async move { task_definition::look(aws, &arn).await });
    let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    let found: Vec<task_definition::Revision> = found.into_iter().flatten().collect();
    let is_serving = |it: &&task_definition::Revision| Some(it.arn.as_str()) == serving;
    let serving = found.iter().find(is_serving).map(task_definition::Revision::digest);
    let mut seen = BTreeSet::new();
    let ours = found.into_iter().filter(|it| it.tags.owner() == Some(aws.names.stack()));
    let each = ours.map(|it| {
        let revision = it.digest();
        PastRevision {
            serves: serving.as_ref() == Some(&revision),
            revision,
            image: it.definition.program.to_string(),
            image_in_file: it.tags.image_in_file().map(ToOwned::to_owned),
            registered_at: it.registered_at,
        }
    });
    Ok(each.filter(|it| seen.insert(it.revision.clone())).collect())
}
