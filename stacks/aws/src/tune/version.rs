//! Versions that are published to be measured, and are told by their description.

use ragctl_stacks::{
    backend::{BackendError, Reply},
    tune::MemorySize,
};

use crate::{
    aws::Aws,
    call::{OrDone, call},
    function::{ABSENT, settled},
};

/// How the descriptions of these versions begin; the size follows.
const DESCRIBED: &str = "ragctl tune ";

/// Publishes what `$LATEST` is, and waits until it can be called; its number.
pub(super) async fn publish(aws: &Aws, called: &str, memory: MemorySize) -> Reply<String> {
    let client = &aws.clients.lambda;
    let described = format!("{DESCRIBED}{memory}");
    let publish = client.publish_version().function_name(called).description(&described).send();
    let made = call("lambda PublishVersion", publish).await?;
    // Lambda gives the last version where nothing has changed since: somebody else's, which must not be deleted.
    let Some(number) = made.version.filter(|_| made.description.as_deref() == Some(&*described))
    else {
        return Err(BackendError::Refused {
            operation: "publishing a version to measure".to_owned(),
            reason: "somebody has changed the function meanwhile".to_owned(),
        });
    };
    settled(client, called, Some(&number)).await?;
    Ok(number)
}

/// The numbers of all that are there.
pub(super) async fn ours(aws: &Aws, called: &str) -> Reply<Vec<String>> {
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let asked = aws.clients.lambda.list_versions_by_function().function_name(called);
        let asked = asked.set_marker(marker).send();
        let page = call("lambda ListVersionsByFunction", asked).await?;
        let ours = page.versions().iter().filter(|it| {
            it.version() != Some("$LATEST")
                && it.description().is_some_and(|it| it.starts_with(DESCRIBED))
        });
        found.extend(ours.filter_map(|it| it.version().map(ToOwned::to_owned)));
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(found);
        }
    }
}

/// Deletes one.
pub(super) async fn delete(aws: &Aws, called: &str, number: &str) -> Reply<()> {
    let delete = aws.clients.lambda.delete_function().function_name(called);
    let delete = delete.qualifier(number).send();
    Ok(call("lambda DeleteFunction", delete).await.or_done(&ABSENT)?)
}
