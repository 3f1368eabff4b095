//! Images.

use serde_json::{Value, json};

use super::{ACCOUNT, Image, Refusal, Reply, named};
use crate::account::Region;
use crate::input::{list, need, text};

fn chosen<'a>(images: &'a [Image], id: &Value) -> Option<&'a Image> {
    let (tag, digest) = (text(id, "imageTag"), text(id, "imageDigest"));
    images.iter().find(|image| {
        digest.is_none_or(|digest| digest == image.digest)
            && tag.is_none_or(|tag| image.tags.iter().any(|each| each == tag))
    })
}

pub(super) fn describe(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "repositoryName")?;
    let images = &named(region, input)?.images;
    let ids = list(input, "imageIds");
    let mut found: Vec<&Image> = Vec::new();
    for id in ids {
        found.push(chosen(images, id).ok_or_else(|| {
            let or_null = |key| text(id, key).unwrap_or("null");
            let message = format!(
                "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within \
                 the repository with name '{name}' in the registry with id '{ACCOUNT}'",
                or_null("imageDigest"),
                or_null("imageTag"),
            );
            Refusal::new("ImageNotFoundException", message)
        })?);
    }
    if ids.is_empty() {
        found = images.iter().collect();
    }
    let shown = found.into_iter().map(|image| {
        json!({"registryId": ACCOUNT, "repositoryName": name, "imageDigest": image.digest,
               "imageTags": image.tags, "imageSizeInBytes": 300_000_000,
               "imagePushedAt": image.pushed.seconds(), "imageManifestMediaType": image.kind})
    });
    Ok(json!({"imageDetails": shown.collect::<Value>()}))
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "repositoryName")?;
    let images = &named(region, input)?.images;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for id in list(input, "imageIds") {
        match chosen(images, id) {
            Some(image) => found.push(json!({
                "registryId": ACCOUNT, "repositoryName": name, "imageManifest": image.manifest,
                "imageManifestMediaType": image.kind,
                "imageId": {"imageDigest": image.digest, "imageTag": text(id, "imageTag")},
            })),
            None => failures.push(json!({"imageId": id, "failureCode": "ImageNotFound",
                                         "failureReason": "Requested image not found"})),
        }
    }
    Ok(json!({"images": found, "failures": failures}))
}

pub(super) fn put(region: &mut Region, input: &Value) -> Reply {
    let repository = named(region, input)?;
    let manifest = need(input, "imageManifest")?;
    let kind = need(input, "imageManifestMediaType")?;
    let read: Value = serde_json::from_str(manifest).unwrap_or_default();
    // A manifest whose parts are not there is refused.
    let parts = list(&read, "layers").iter().chain(read.get("config"));
    for digest in parts.filter_map(|it| text(it, "digest")) {
        if !repository.blobs.contains_key(digest) {
            let message = format!("Layer with digest '{digest}' does not exist");
            return Err(Refusal::new("LayersNotFoundException", message));
        }
    }
    for digest in list(&read, "manifests").iter().filter_map(|it| text(it, "digest")) {
        if !repository.images.iter().any(|it| it.digest == digest) {
            let message = format!("Image with digest '{digest}' does not exist");
            return Err(Refusal::new("ReferencedImagesNotFoundException", message));
        }
    }
    let digest = repository.put(kind, manifest.to_owned(), text(input, "imageTag"));
    Ok(json!({"image": {"imageId": {"imageDigest": digest}}}))
}

/// The images that say that they belong to the one with this digest.
pub(super) fn referring<'a>(
    images: &'a [Image],
    digest: &'a str,
) -> impl Iterator<Item = Value> + 'a {
    images.iter().filter_map(move |image| {
        let manifest: Value = serde_json::from_str(&image.manifest).ok()?;
        (text(manifest.get("subject")?, "digest") == Some(digest)).then(|| {
            json!({"mediaType": image.kind, "digest": image.digest, "size": image.manifest.len(),
                   "artifactType": manifest.get("artifactType")})
        })
    })
}

pub(super) fn find<'a>(images: &'a [Image], called: &str) -> Option<&'a Image> {
    let key = if called.starts_with("sha256:") { "imageDigest" } else { "imageTag" };
    chosen(images, &json!({key: called}))
}
