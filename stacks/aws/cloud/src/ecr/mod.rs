//! The container registry: repositories and their images, planted or pushed.

mod image;
mod registry;
mod repository;
mod source;
mod upload;

use std::collections::BTreeMap;

use bytes::Bytes;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::account::{ACCOUNT, Here, Region};
use crate::input::need;
use crate::refusal::{Refusal, Reply};
use crate::tags::Tags;
use crate::time::Time;

/// A manifest list, whose entries name their architectures.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A manifest of one image, which does not.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What the registry holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Ecr {
    pub(crate) repositories: BTreeMap<String, Repository>,
    /// What is being sent, by the id of the upload.
    uploads: BTreeMap<String, Vec<u8>>,
}

/// A repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repository {
    images: Vec<Image>,
    /// Layers and configurations, by digest.
    blobs: BTreeMap<String, Bytes>,
    tags: Tags,
    policy: Option<String>,
    /// Whether a test planted it.
    pub(crate) is_planted: bool,
}

#[derive(Clone, Debug)]
struct Image {
    digest: String,
    tags: Vec<String>,
    kind: String,
    manifest: String,
    pushed: Time,
}

impl Ecr {
    /// A tag of the image with a digest.
    pub(crate) fn tag_of(&self, digest: &str) -> Option<String> {
        let mut images = self.repositories.values().flat_map(|it| &it.images);
        images.find(|image| image.digest == digest)?.tags.first().cloned()
    }
}

impl Repository {
    /// Puts an image in; an older one with the tag loses it.
    fn put(&mut self, kind: &str, manifest: String, tag: Option<&str>) -> String {
        let digest = digest(manifest.as_bytes());
        for image in &mut self.images {
            image.tags.retain(|each| Some(each.as_str()) != tag);
        }
        match self.images.iter_mut().find(|it| it.digest == digest) {
            Some(image) => image.tags.extend(tag.map(str::to_owned)),
            None => self.images.push(Image {
                digest: digest.clone(),
                tags: tag.map(str::to_owned).into_iter().collect(),
                kind: kind.to_owned(),
                manifest,
                pushed: Time::now(),
            }),
        }
        digest
    }
}

fn digest(content: &[u8]) -> String {
    let hex: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Region {
    /// Plants an empty repository.
    pub fn plant_repository(&mut self, repository: &str) {
        self.repository(repository);
    }

    fn repository(&mut self, name: &str) -> &mut Repository {
        let planted = || Repository { is_planted: true, ..Repository::default() };
        self.ecr.repositories.entry(name.to_owned()).or_insert_with(planted)
    }

    /// Plants an image for some architectures, such as `amd64` and `arm64`; its digest.
    ///
    /// It is a manifest list, which names them; without any, a plain manifest, which does not. An
    /// older image with the tag loses it, as on a push.
    pub fn plant_image(&mut self, repository: &str, tag: &str, architectures: &[&str]) -> String {
        let digest = |text: &str| digest(text.as_bytes());
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
        self.repository(repository).put(kind, manifest.to_string(), Some(tag))
    }
}

pub(crate) use registry::{answer as answer_registry, is_registry};
pub(crate) use source::{Source, source};

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    match action {
        "CreateRepository" => repository::create(here.region, input),
        "DescribeRepositories" => repository::describe(here.region, input),
        "DeleteRepository" => repository::delete(here.region, input),
        "ListTagsForResource" => repository::tags(here.region, input),
        "TagResource" => repository::tag(here.region, input),
        "PutLifecyclePolicy" => repository::put_policy(here.region, input),
        "GetLifecyclePolicy" => repository::policy(here.region, input),
        "DescribeImages" => image::describe(here.region, input),
        "BatchGetImage" => image::get(here.region, input),
        "PutImage" => image::put(here.region, input),
        "BatchCheckLayerAvailability" => upload::check(here.region, input),
        "InitiateLayerUpload" => upload::initiate(here.region, input),
        "UploadLayerPart" => upload::part(here.region, input),
        "CompleteLayerUpload" => upload::complete(here.region, input),
        "GetAuthorizationToken" => {
            // Whoever pushes says by its password which region it means.
            let token = STANDARD.encode(format!("AWS:{}", here.region.name));
            let expires = here.now.plus(std::time::Duration::from_hours(12)).seconds();
            Ok(json!({"authorizationData": [{"authorizationToken": token,
                      "expiresAt": expires, "proxyEndpoint": here.endpoint}]}))
        }
        _ => Err(Refusal::not_here("ecr", action)),
    }
}

/// The registry's host.
fn host(region: &Region) -> String {
    format!("{ACCOUNT}.dkr.ecr.{}.amazonaws.com", region.name)
}

/// The repository that a call names.
fn named<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Repository, Refusal> {
    let name = need(input, "repositoryName")?;
    region.ecr.repositories.get_mut(name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Refusal {
    let message = format!(
        "The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"
    );
    Refusal::new("RepositoryNotFoundException", message)
}
