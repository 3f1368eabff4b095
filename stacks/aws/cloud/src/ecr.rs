//! The container registry: images that tests planted.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::account::{ACCOUNT, Here, Region};
use crate::input::{list, need, text, texts};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// A manifest list, whose entries name their architectures.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A manifest of one image, which does not.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What the registry holds in a region: images by repository.
#[derive(Debug, Default)]
pub(crate) struct Ecr {
    repositories: BTreeMap<String, Vec<Image>>,
}

#[derive(Clone, Debug)]
struct Image {
    digest: String,
    tags: Vec<String>,
    kind: &'static str,
    manifest: String,
    pushed: Time,
}

impl Ecr {
    /// A tag of the image with a digest.
    pub(crate) fn tag_of(&self, digest: &str) -> Option<String> {
        let image = self.repositories.values().flatten().find(|image| image.digest == digest)?;
        image.tags.first().cloned()
    }
}

impl Region {
    /// Plants an empty repository.
    pub fn plant_repository(&mut self, repository: &str) {
        self.ecr.repositories.entry(repository.to_owned()).or_default();
    }

    /// Plants an image for some architectures, such as `amd64` and `arm64`; its digest.
    ///
    /// It is a manifest list, which names them; without any, a plain manifest, which does not. An
    /// older image with the tag loses it, as on a push.
    pub fn plant_image(&mut self, repository: &str, tag: &str, architectures: &[&str]) -> String {
        let digest = |text: &str| {
            let bytes = Sha256::digest(text.as_bytes());
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("sha256:{hex}")
        };
        let manifests = architectures.iter().map(|architecture| {
            json!({"mediaType": MANIFEST, "size": 1234,
                   "digest": digest(&format!("{repository}:{tag}:{architecture}")),
                   "platform": {"architecture": architecture, "os": "linux"}})
        });
        let (kind, manifest) = if architectures.is_empty() {
            let config = json!({"mediaType": "application/vnd.oci.image.config.v1+json",
                                "size": 123, "digest": digest(&format!("{repository}:{tag}:c"))});
            (
                MANIFEST,
                json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                              "layers": []}),
            )
        } else {
            (
                INDEX,
                json!({"schemaVersion": 2, "mediaType": INDEX,
                           "manifests": manifests.collect::<Value>()}),
            )
        };
        let manifest = manifest.to_string();
        let digest = digest(&manifest);
        let images = self.ecr.repositories.entry(repository.to_owned()).or_default();
        for image in images.iter_mut() {
            image.tags.retain(|each| each != tag);
        }
        images.retain(|image| image.digest != digest);
        let (tags, pushed) = (vec![tag.to_owned()], Time::now());
        images.push(Image { digest: digest.clone(), tags, kind, manifest, pushed });
        digest
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    match action {
        "DescribeRepositories" => repositories(here.region, input),
        "DescribeImages" => describe(here.region, input),
        "BatchGetImage" => batch_get(here.region, input),
        "GetAuthorizationToken" => {
            let endpoint = format!("https://{}", host(here.region));
            let expires = here.now.plus(std::time::Duration::from_hours(12)).seconds();
            Ok(json!({"authorizationData": [{"authorizationToken": STANDARD.encode("AWS:token"),
                      "expiresAt": expires, "proxyEndpoint": endpoint}]}))
        }
        _ => Err(Refusal::not_here("ecr", action)),
    }
}

/// The registry's host.
fn host(region: &Region) -> String {
    format!("{ACCOUNT}.dkr.ecr.{}.amazonaws.com", region.name)
}

fn images<'a>(region: &'a Region, name: &str) -> Result<&'a Vec<Image>, Refusal> {
    region.ecr.repositories.get(name).ok_or_else(|| {
        let message = format!(
            "The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"
        );
        Refusal::new("RepositoryNotFoundException", message)
    })
}

fn chosen<'a>(images: &'a [Image], id: &Value) -> Option<&'a Image> {
    let (tag, digest) = (text(id, "imageTag"), text(id, "imageDigest"));
    images.iter().find(|image| {
        digest.is_none_or(|digest| digest == image.digest)
            && tag.is_none_or(|tag| image.tags.iter().any(|each| each == tag))
    })
}

fn repositories(region: &Region, input: &Value) -> Reply {
    let mut names = texts(input, "repositoryNames");
    if names.is_empty() {
        names = region.ecr.repositories.keys().cloned().collect();
    }
    let mut shown = Vec::new();
    for name in names {
        images(region, &name)?;
        shown.push(json!({
            "repositoryArn": region.arn("ecr", &format!("repository/{name}")),
            "registryId": ACCOUNT, "repositoryName": name,
            "repositoryUri": format!("{}/{name}", host(region)), "imageTagMutability": "MUTABLE",
        }));
    }
    Ok(json!({"repositories": shown}))
}

fn describe(region: &Region, input: &Value) -> Reply {
    let name = need(input, "repositoryName")?;
    let images = images(region, name)?;
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

fn batch_get(region: &Region, input: &Value) -> Reply {
    let name = need(input, "repositoryName")?;
    let images = images(region, name)?;
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
