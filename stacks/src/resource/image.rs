//! The image that ragctl has built.

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed};
use crate::{
    address::{Address, Kind, Name},
    rounded::megabytes,
};

/// An image of the bundled service, in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name: `app` in a repository of the stack's own, `elsewhere` in one that the file names.
    pub name: Name,
    /// What it is called by: `sha256:` and 64 hexadecimal digits. Older ones stay beside it.
    pub digest: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: ImagePlace,
    /// What is sent of it to a machine that has nothing, in bytes. It is told, and is no setting: the digest decides it.
    #[serde(skip)]
    pub size: Option<u64>,
}

/// Where an image is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImagePlace {
    /// In a repository of the stack's own, which keeps so many images.
    Kept(u32),
    /// In this one, which is somebody else's.
    Repository(String),
}

impl Image {
    /// The address of an image in a repository of the stack's own.
    #[must_use]
    pub fn own() -> Address {
        Address::app(Kind::Image)
    }

    /// The address of an image in a repository that the file names.
    #[must_use]
    pub fn elsewhere() -> Address {
        Address::of(Kind::Image, "elsewhere")
    }
}

impl Managed for Image {
    const KIND: Kind = Kind::Image;
    const FIXED: Fixed = Fixed::Nothing;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        let size = self.size.map(|it| format!(", {} to pull", megabytes(it))).unwrap_or_default();
        let place = match &self.place {
            ImagePlace::Kept(1) => "in a repository that keeps 1 image".to_owned(),
            ImagePlace::Kept(count) => format!("in a repository that keeps {count} images"),
            ImagePlace::Repository(it) => format!("in {it}"),
        };
        format!("{}{size}, {place}", short(&self.digest))
    }

    fn loss(&self) -> String {
        match self.place {
            ImagePlace::Kept(_) => "deletes all images of its repository".to_owned(),
            ImagePlace::Repository(_) => String::new(),
        }
    }
}

/// Enough of a digest to tell images of one stack apart.
pub(super) fn short(digest: &str) -> &str {
    &digest[..digest.len().min("sha256:".len() + 12)]
}
