//! What is in an image, read from a folder or from a registry.

use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
};
use serde::Serialize;

use bytes::Bytes;

use crate::{
    config::ImageConfig,
    digest::Digest,
    layout::{Layout, LayoutError},
    registry::{Registry, RegistryError},
    sbom::{self, Sbom},
};

/// What is in an image.
#[derive(Clone, Debug, Serialize)]
pub struct Contents {
    /// What it is called by.
    pub digest: Digest,
    /// What it is for, each with what is in it.
    pub platforms: Vec<PlatformContents>,
}

/// What is in an image for one sort of processors.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformContents {
    /// The system and the processors: `linux/amd64`.
    pub platform: String,
    /// What it is called by.
    pub digest: Digest,
    /// Who its program runs as.
    pub user: String,
    /// What is run.
    pub command: Vec<String>,
    /// Its environment.
    pub environment: Vec<String>,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerContents>,
    /// How many parts the attached list names; none where no list is attached.
    pub parts: Option<usize>,
}

/// A layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerContents {
    /// What is in it, in the words of who made it.
    pub name: String,
    /// What it is called by.
    pub digest: String,
    /// How it is packed.
    pub media_type: String,
    /// Its size as it is sent, in bytes.
    pub size: u64,
}

/// Why it cannot be told what is in an image.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// The folder cannot be read.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The registry does not give it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It is no image.
    #[error("{what} cannot be understood")]
    NoImage {
        /// Which part of it.
        what: String,
        /// Why not.
        source: serde_json::Error,
    },
}

impl Layout {
    /// What is in the image of this folder.
    ///
    /// # Errors
    ///
    /// [`ContentsError`] by its cause.
    pub fn contents(&self) -> Result<Contents, ContentsError> {
        let parts = self.parts()?;
        let manifests = match parts.manifests.as_slice() {
            [] => std::slice::from_ref(&parts.root),
            several => several,
        };
        let lists = parts
            .attached
            .iter()
            .map(|it| parsed::<OciImageManifest>(&it.bytes, "a list of parts"));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        let mut platforms = Vec::new();
        for it in manifests {
            let manifest: OciImageManifest = parsed(&it.bytes, "a manifest")?;
            let config = self.read(&named(&manifest.config))?;
            let is_of = |list: &&OciImageManifest| {
                list.subject.as_ref().is_some_and(|of| of.digest == it.digest.as_str())
            };
            let list = lists.iter().find(is_of).and_then(|list| list.layers.first());
            let list = list.map(|it| self.read(&named(it))).transpose()?;
            platforms.push(platform(&it.digest, &manifest, &config, list.as_ref())?);
        }
        Ok(Contents { digest: parts.root.digest, platforms })
    }
}

impl Registry {
    /// What is in the image that is called `name`, a tag or a digest.
    ///
    /// # Errors
    ///
    /// [`ContentsError`] by its cause.
    pub async fn contents(&self, name: &str) -> Result<Contents, ContentsError> {
        let (digest, root) = self.manifest(name).await?;
        let index: Option<OciImageIndex> = serde_json::from_slice(&root).ok();
        let mut manifests = Vec::new();
        match index {
            Some(index) if !index.manifests.is_empty() => {
                for entry in &index.manifests {
                    manifests.push(self.manifest(&entry.digest).await?);
                }
            }
            _ => manifests.push((digest.clone(), root)),
        }
        let mut platforms = Vec::new();
        for (digest, manifest) in &manifests {
            let manifest: OciImageManifest = parsed(manifest, "its manifest")?;
            let (config, list) =
                futures_util::try_join!(self.text(&manifest.config), self.list(digest))?;
            platforms.push(platform(digest, &manifest, &config, list.as_ref())?);
        }
        Ok(Contents { digest, platforms })
    }

    /// The list of parts that is attached to an image.
    async fn list(&self, of: &Digest) -> Result<Option<Bytes>, RegistryError> {
        let is_list = |it: &&ImageIndexEntry| {
            it.artifact_type.as_deref().is_none_or(|it| it == sbom::MEDIA_TYPE)
                && it.media_type != OCI_IMAGE_INDEX_MEDIA_TYPE
        };
        let attached = self.attached(of).await?;
        let Some(entry) = attached.iter().find(is_list) else { return Ok(None) };
        let (_, manifest) = self.manifest(&entry.digest).await?;
        let manifest: Option<OciImageManifest> = serde_json::from_slice(&manifest).ok();
        let layer = manifest.and_then(|it| it.layers.into_iter().next());
        match layer.filter(|it| it.media_type == sbom::MEDIA_TYPE) {
            Some(layer) => self.text(&layer).await.map(Some),
            None => Ok(None),
        }
    }
}

fn platform(
    digest: &Digest,
    manifest: &OciImageManifest,
    config: &[u8],
    list: Option<&Bytes>,
) -> Result<PlatformContents, ContentsError> {
    let config: ImageConfig = parsed(config, "its configuration")?;
    let list = list.map(|it| parsed::<Sbom>(it, "its list of parts")).transpose()?;
    let mut names =
        config.history.iter().filter(|it| !it.empty_layer).map(|it| match &it.comment {
            comment if comment.is_empty() => it.created_by.clone(),
            comment => comment.clone(),
        });
    let layers = manifest.layers.iter().map(|it| LayerContents {
        name: names.next().unwrap_or_default(),
        digest: it.digest.clone(),
        media_type: it.media_type.clone(),
        size: u64::try_from(it.size).unwrap_or_default(),
    });
    let run = config.config;
    let command = run.entrypoint.into_iter().chain(run.cmd).flatten().collect();
    Ok(PlatformContents {
        layers: layers.collect(),
        platform: format!("{}/{}", config.os, config.architecture),
        digest: digest.clone(),
        user: run.user,
        command,
        environment: run.env,
        parts: list.map(|it| it.components.len()),
    })
}

fn named(it: &OciDescriptor) -> Digest {
    // A digest of another sort is of no layout that we made, and will not be found.
    it.digest.parse().unwrap_or_else(|_| Digest::of(b""))
}

fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, ContentsError> {
    serde_json::from_slice(bytes)
        .map_err(|source| ContentsError::NoImage { what: what.to_owned(), source })
}
