//! Layers of Lambda. They have no tags: whose one is, and what is in it, its description says.

use aws_sdk_lambda::types::{LayerVersionContentInput, LayerVersionsListItem, Runtime};
use aws_smithy_types::Blob;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    live::Foreign,
    resource::{Layer, Resource},
};

use crate::{
    aws::Aws,
    call::{OrDone, call, is_another_page},
    deployment::Watch,
    found::{Found, Marked},
    function::no_archive,
    perform::must_be_ours,
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// What the description of a stack's layer begins with.
fn ours(aws: &Aws) -> String {
    format!("ragctl {} ", aws.names.stack())
}

/// The digest that a description tells.
fn digest<'a>(aws: &Aws, description: Option<&'a str>) -> Option<&'a str> {
    description?.strip_prefix(&ours(aws))
}

/// All layers that are called as the stack's are. How many versions each keeps nothing says: `keep` is taken for it.
pub(crate) async fn list(aws: &Aws, keep: u32) -> Reply<Vec<(Address, Found<Marked>)>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let asked = aws.clients.lambda.list_layers().set_marker(marker).send();
        let page = call("lambda ListLayers", asked).await?;
        for it in page.layers() {
            let called = it.layer_name().unwrap_or_default();
            let Some(address) = aws.names.address_of(Kind::Layer, called) else { continue };
            // One whose versions are all gone is no more than a name.
            let Some(latest) = it.latest_matching_version() else { continue };
            let arn = latest.layer_version_arn().unwrap_or_default();
            let found = match digest(aws, latest.description()) {
                Some(digest) => {
                    aws.learn(&of_digest(&address, digest), arn);
                    let digest = digest.to_owned();
                    let name = address.name.clone();
                    Found::Ours((Layer { name, digest, keep }.into(), None))
                }
                // A stack whose name begins the same has it.
                None if is_of_another(latest.description()) => continue,
                None => Found::Foreign(Foreign { id: arn.to_owned(), owner: None }),
            };
            all.push((address, found));
        }
        marker = page.next_marker.filter(is_another_page);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

fn is_of_another(description: Option<&str>) -> bool {
    description.is_some_and(|it| it.starts_with("ragctl "))
}

/// By what a version's ARN is remembered.
fn of_digest(layer: &Address, digest: &str) -> Address {
    let digest = digest.trim_start_matches("sha256:");
    Address::of(Kind::Layer, &format!("{}-{digest}", layer.name))
}

/// The ARN of the version with this content.
pub(crate) async fn version(
    aws: &Aws,
    layer: &Address,
    digest: &str,
    needed_by: &Address,
) -> Reply<String> {
    if let Some(known) = aws.known_id(&of_digest(layer, digest)) {
        return Ok(known);
    }
    let versions = versions(aws, layer).await?;
    let found = versions.into_iter().find(|it| self::digest(aws, it.description()) == Some(digest));
    found
        .and_then(|it| it.layer_version_arn)
        .ok_or_else(|| BackendError::Missing { address: needed_by.clone(), needs: layer.clone() })
}

/// Its versions, the latest first.
async fn versions(aws: &Aws, layer: &Address) -> Reply<Vec<LayerVersionsListItem>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let asked = aws.clients.lambda.list_layer_versions().layer_name(aws.names.of(layer));
        let page = call("lambda ListLayerVersions", asked.set_marker(marker).send()).await?;
        all.extend(page.layer_versions.unwrap_or_default());
        marker = page.next_marker.filter(is_another_page);
        if marker.is_none() {
            break;
        }
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.version()));
    Ok(all)
}

/// The layer and the content that a version's ARN stands for. Of one that is not a stack's latest it is the ARN.
pub(crate) fn of(aws: &Aws, arn: &str) -> (Address, String) {
    let called = arn.rsplit(':').nth(1).unwrap_or_default();
    let address = aws.names.address_of(Kind::Layer, called);
    let address = address.unwrap_or_else(|| Address::of(Kind::Layer, "other"));
    let known = aws.address_known_as(arn);
    let digest = known.as_ref().and_then(|it| it.name.as_str().rsplit('-').next());
    let digest = digest.map_or_else(|| arn.to_owned(), |hex| format!("sha256:{hex}"));
    (address, digest)
}

/// Publishes a version with this content, and forgets those that nobody needs any more.
pub(crate) async fn write(aws: &Aws, layer: &Layer, exists: bool, watch: &Watch<'_>) -> Reply<()> {
    let address = Resource::from(layer.clone()).address();
    let known = match exists {
        true => versions(aws, &address).await?,
        false => {
            // One that is there after all: an answer that got lost, or somebody else's.
            let all = list(aws, layer.keep).await?;
            let found = all.into_iter().find(|(it, _)| *it == address);
            must_be_ours(found.map_or(Found::Nothing, |(_, it)| it), &address)?;
            versions(aws, &address).await?
        }
    };
    let is_it = |it: &LayerVersionsListItem| digest(aws, it.description()) == Some(&layer.digest);
    match known.first().filter(|it| is_it(it)) {
        Some(latest) => {
            let arn = latest.layer_version_arn().unwrap_or_default();
            aws.learn(&of_digest(&address, &layer.digest), arn);
        }
        None => publish(aws, layer, &address, watch).await?,
    }
    let others = known.iter().filter(|it| !is_it(it)).map(|it| it.version());
    for version in others.skip(usize::try_from(layer.keep).unwrap_or(usize::MAX)) {
        forget(aws, &address, version).await?;
    }
    Ok(())
}

async fn publish(aws: &Aws, layer: &Layer, address: &Address, watch: &Watch<'_>) -> Reply<()> {
    let archives = watch.archives.ok_or_else(|| no_archive("none was made"))?;
    let content = archives.read(&layer.digest).map_err(|error| no_archive(&error.to_string()))?;
    let content = LayerVersionContentInput::builder().zip_file(Blob::new(content)).build();
    let publish = aws.clients.lambda.publish_layer_version().layer_name(aws.names.of(address));
    let publish = publish.description(format!("{}{}", ours(aws), layer.digest)).content(content);
    let publish = publish.compatible_runtimes(Runtime::Providedal2023).send();
    let made = call("lambda PublishLayerVersion", publish).await?;
    let arn = made.layer_version_arn.unwrap_or_default();
    aws.learn(&of_digest(address, &layer.digest), arn);
    Ok(())
}

/// Removes a version. Functions that have it keep it.
async fn forget(aws: &Aws, address: &Address, version: i64) -> Reply<()> {
    let delete = aws.clients.lambda.delete_layer_version().layer_name(aws.names.of(address));
    let delete = delete.version_number(version).send();
    Ok(call("lambda DeleteLayerVersion", delete).await.or_done(&ABSENT)?)
}

/// Removes all versions.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    for it in versions(aws, address).await? {
        forget(aws, address, it.version()).await?;
    }
    aws.forget(address);
    Ok(())
}
