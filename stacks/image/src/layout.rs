//! An image on disk, in the form that other tools read too.
//!
//! Source: <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageIndex, OciImageManifest,
};
use ragctl_stacks::stack::Compression;
use serde::Serialize;

use crate::{compression::Packing, digest::Digest};

/// The name by which other tools find the image in the folder.
const NAME: &str = "latest";

/// Where a name stands.
const NAME_KEY: &str = "org.opencontainers.image.ref.name";

/// A folder that holds an image.
#[derive(Clone, Debug)]
pub struct Layout {
    folder: PathBuf,
}

/// Why a folder cannot hold an image, or does not.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A file cannot be read or written.
    #[error("{} cannot be used", path.display())]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no image in it, or it is damaged.
    #[error("there is no whole image in {}: {reason}", folder.display())]
    NoImage {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        reason: String,
    },
}

/// What is in a folder: an image, and what is attached to it.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// What the image is called by: one manifest, or an index of several.
    pub(crate) root: Content,
    /// The manifests below an index.
    pub(crate) manifests: Vec<Content>,
    /// The manifests of what is attached.
    pub(crate) attached: Vec<Content>,
    /// Configurations, layers and lists of parts, each once; those that seldom change come first.
    pub(crate) blobs: Vec<OciDescriptor>,
}

/// A manifest.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

impl Content {
    fn as_entry(&self) -> ImageIndexEntry {
        ImageIndexEntry {
            media_type: self.media_type.clone(),
            digest: self.digest.to_string(),
            size: size(&self.bytes),
            platform: None,
            annotations: None,
            artifact_type: None,
        }
    }
}

impl Layout {
    /// The layout in `folder`, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the image in it is called by.
    ///
    /// # Errors
    ///
    /// [`LayoutError`] where there is none.
    pub fn digest(&self) -> Result<Digest, LayoutError> {
        Ok(self.parts()?.root.digest)
    }

    /// Keeps `content`, and says what it is called.
    pub(crate) fn keep(
        &self,
        media_type: &str,
        content: &[u8],
    ) -> Result<OciDescriptor, LayoutError> {
        let digest = Digest::of(content);
        let path = self.blob(&digest);
        if !fs::metadata(&path).is_ok_and(|it| it.len() == content.len() as u64) {
            write(&path, content)?;
        }
        Ok(descriptor(media_type, &digest, content.len() as u64))
    }

    /// Keeps `value` as JSON.
    pub(crate) fn keep_json(
        &self,
        media_type: &str,
        value: &impl Serialize,
    ) -> Result<(OciDescriptor, Content), LayoutError> {
        let bytes = Bytes::from(serde_json::to_vec(value).expect("our own values are JSON"));
        let descriptor = self.keep(media_type, &bytes)?;
        let digest = Digest::of(&bytes);
        Ok((descriptor, Content { digest, media_type: media_type.to_owned(), bytes }))
    }

    /// The layer of this archive, if it was packed before in the same way and is still whole.
    pub(crate) fn packed(&self, archive: &Digest, by: Compression) -> Option<OciDescriptor> {
        let digest: Digest = fs::read_to_string(self.note(archive, by)).ok()?.parse().ok()?;
        let content = fs::read(self.blob(&digest)).ok()?;
        (Digest::of(&content) == digest)
            .then(|| descriptor(by.media_type(), &digest, content.len() as u64))
    }

    /// Keeps a layer, and remembers of which archive it was packed.
    pub(crate) fn keep_packed(
        &self,
        archive: &Digest,
        by: Compression,
        layer: &[u8],
    ) -> Result<OciDescriptor, LayoutError> {
        let kept = self.keep(by.media_type(), layer)?;
        write(&self.note(archive, by), kept.digest.as_bytes())?;
        Ok(kept)
    }

    /// Makes `root` the image that is in the folder, with what is attached to it. All else goes.
    pub(crate) fn close(&self, root: &Content, attached: &[Content]) -> Result<(), LayoutError> {
        let names = BTreeMap::from([(NAME_KEY.to_owned(), NAME.to_owned())]);
        let named = ImageIndexEntry { annotations: Some(names), ..root.as_entry() };
        let index = OciImageIndex {
            schema_version: 2,
            media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
            manifests: std::iter::once(named)
                .chain(attached.iter().map(Content::as_entry))
                .collect(),
            artifact_type: None,
            annotations: None,
        };
        let index = serde_json::to_vec(&index).expect("an index is JSON");
        write(&self.folder.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        write(&self.folder.join("index.json"), &index)?;
        self.forget_others();
        Ok(())
    }

    /// What is in the folder.
    pub(crate) fn parts(&self) -> Result<Parts, LayoutError> {
        let path = self.folder.join("index.json");
        let index = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.damaged("nothing was built into it"),
            _ => LayoutError::Unusable { path, source: error },
        })?;
        let index: OciImageIndex = self.parsed("index.json", &index)?;
        let is_named = |it: &ImageIndexEntry| {
            it.annotations.as_ref().and_then(|it| it.get(NAME_KEY)).is_some_and(|it| it == NAME)
        };
        let (named, others): (Vec<_>, Vec<_>) = index.manifests.iter().partition(|it| is_named(it));
        let [root] = named.as_slice() else {
            return Err(self.damaged(&format!("its index names no single `{NAME}`")));
        };
        let root = self.content(root)?;
        let attached =
            others.into_iter().map(|it| self.content(it)).collect::<Result<Vec<_>, _>>()?;
        let manifests = match root.media_type.as_str() {
            OCI_IMAGE_MEDIA_TYPE => Vec::new(),
            _ => {
                let index: OciImageIndex = self.parsed(root.digest.as_str(), &root.bytes)?;
                index.manifests.iter().map(|it| self.content(it)).collect::<Result<Vec<_>, _>>()?
            }
        };
        let mut blobs: Vec<OciDescriptor> = Vec::new();
        let top = manifests.is_empty().then_some(&root);
        for manifest in top.into_iter().chain(&manifests).chain(&attached) {
            let it: OciImageManifest = self.parsed(manifest.digest.as_str(), &manifest.bytes)?;
            for blob in it.layers.into_iter().chain([it.config]) {
                if !blobs.iter().any(|known| known.digest == blob.digest) {
                    blobs.push(blob);
                }
            }
        }
        Ok(Parts { root, manifests, attached, blobs })
    }

    /// The bytes that are called `digest`, compared with it.
    pub(crate) fn read(&self, digest: &Digest) -> Result<Bytes, LayoutError> {
        let path = self.blob(digest);
        let content = fs::read(&path).map_err(|source| LayoutError::Unusable { path, source })?;
        match Digest::of(&content) == *digest {
            true => Ok(content.into()),
            false => Err(self.damaged(&format!("{digest} is damaged"))),
        }
    }

    /// Where the bytes are that are called `digest`.
    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.folder.join("blobs/sha256").join(digest.hex())
    }

    fn note(&self, archive: &Digest, by: Compression) -> PathBuf {
        self.folder.join("packed").join(format!("{}-{}", archive.hex(), by.way()))
    }

    fn content(&self, entry: &ImageIndexEntry) -> Result<Content, LayoutError> {
        let digest: Digest = entry.digest.parse().map_err(|_| self.damaged("a digest is none"))?;
        let bytes = self.read(&digest)?;
        Ok(Content { digest, media_type: entry.media_type.clone(), bytes })
    }

    fn parsed<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        bytes: &[u8],
    ) -> Result<T, LayoutError> {
        serde_json::from_slice(bytes).map_err(|error| self.damaged(&format!("{what}: {error}")))
    }

    fn damaged(&self, reason: &str) -> LayoutError {
        LayoutError::NoImage { folder: self.folder.clone(), reason: reason.to_owned() }
    }

    /// Deletes what is not part of the image. What cannot be deleted only takes room.
    fn forget_others(&self) {
        let Ok(parts) = self.parts() else { return };
        let manifests = parts.manifests.iter().chain(&parts.attached).chain([&parts.root]);
        let kept: BTreeSet<String> = manifests
            .map(|it| it.digest.hex().to_owned())
            .chain(parts.blobs.iter().map(|it| it.digest.replace("sha256:", "")))
            .collect();
        for blob in files(&self.folder.join("blobs/sha256")) {
            let name = blob.file_name().and_then(|it| it.to_str()).unwrap_or_default();
            if !kept.contains(name) {
                fs::remove_file(&blob).ok();
            }
        }
        for note in files(&self.folder.join("packed")) {
            let of = fs::read_to_string(&note).unwrap_or_default();
            if !kept.contains(of.trim_start_matches("sha256:")) {
                fs::remove_file(&note).ok();
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|it| it.path()).collect()
}

pub(crate) fn descriptor(media_type: &str, digest: &Digest, size: u64) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: digest.to_string(),
        size: i64::try_from(size).expect("content is smaller than 8 EiB"),
        ..OciDescriptor::default()
    }
}

fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).expect("content is smaller than 8 EiB")
}

/// Writes a file as a whole or not at all.
fn write(path: &Path, content: &[u8]) -> Result<(), LayoutError> {
    let unusable = |source| LayoutError::Unusable { path: path.to_owned(), source };
    let folder = path.parent().expect("our own paths have folders");
    fs::create_dir_all(folder).map_err(unusable)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unusable)?;
    file.write_all(content).map_err(unusable)?;
    file.persist(path).map_err(|error| unusable(error.error))?;
    Ok(())
}
