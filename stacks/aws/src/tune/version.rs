//! Versions that are published to be measured, and are told by their description.

use ragctl_stacks::{
    backend::{BackendError, Reply},
    tune::MemorySize,
};

use crate::{
    aws::Aws,
    call::call,
    function::{ready, version},
};

/// How the descriptions of these versions begin; the size follows.
const DESCRIBED: &str = "ragctl tune ";

/// Publishes what `$LATEST` is, and waits until it can be called; its number.
pub(super) async fn publish(aws: &Aws, called: &str, memory: MemorySize) -> Reply<u64> {
    let client = &aws.clients.lambda;
    let described = format!("{DESCRIBED}{memory}");
    let publish = client.publish_version().function_name(called).description(&described).send();
    let made = call("lambda PublishVersion", publish).await?;
    // Lambda gives the last version where nothing has changed since: somebody else's, which must not be deleted.
    let number = made.version.filter(|_| made.description.as_deref() == Some(&*described));
    let Some(number) = number.and_then(|it| it.parse::<u64>().ok()) else {
        return Err(BackendError::Refused {
            operation: "publishing a version to measure".to_owned(),
            reason: "somebody has changed the function meanwhile".to_owned(),
        });
    };
    ready(client, called, Some(&number.to_string())).await?;
    Ok(number)
}

/// The numbers of all that are there.
pub(super) async fn ours(aws: &Aws, called: &str) -> Reply<Vec<u64>> {
    let all = version::list(aws, called).await?.into_iter();
    Ok(all.filter(|it| it.description.starts_with(DESCRIBED)).map(|it| it.number).collect())
}
