//! The image that ragctl builds of the bundled service, where the file does not name one.

use std::{fmt, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::image::ImageReference;
use super::number::Whole;
use super::value::{FromText, ValueError, quoted, text_value};

/// How many images a repository of the stack's own keeps.
pub type KeptImages = Whole<1, 1000>;

/// What `service.image` may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageChoice {
    /// `build`: the image that ragctl builds.
    Build,
    /// One that is there already.
    Named(ImageReference),
}

/// The word that asks for an image to be built.
const BUILD: &str = "build";

impl fmt::Display for ImageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build => f.write_str(BUILD),
            Self::Named(image) => image.fmt(f),
        }
    }
}

impl FromText for ImageChoice {
    const EXPECTED: &'static str = "`build`, or an image such as `registry/repository:tag`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        match text {
            BUILD => Ok(Self::Build),
            text => ImageReference::from_text(text).map(Self::Named),
        }
    }
}

text_value!(ImageChoice, { "minLength": 1, "maxLength": 327 });

/// Where images lie: a registry, and a path in it, without a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRepository(String);

impl ImageRepository {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for ImageRepository {
    const EXPECTED: &'static str = "a repository such as `ghcr.io/team/handbook`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        let name_at = text.rfind('/').map_or(0, |slash| slash + 1);
        if text[name_at..].contains([':', '@']) {
            return Err(refused().because("leave out the tag: images are named by their digests"));
        }
        ImageReference::from_text(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|error| error.why.map_or_else(refused, |why| refused().because(why)))
    }
}

text_value!(ImageRepository, { "minLength": 1, "maxLength": 255 });

/// How an image's layers are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Compression {
    /// Whatever pulls images understands it.
    #[default]
    Gzip,
    /// Smaller, and unpacked faster; Fargate takes it.
    Zstd,
}

impl Compression {
    /// The word that stands for it in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The image that ragctl builds of the bundled service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageBuild {
    /// The folder with what goes in; absent: the one that came with ragctl.
    pub bundle: Option<PathBuf>,
    /// Where it goes; absent: a repository of the stack's own, in ECR.
    pub repository: Option<ImageRepository>,
    /// How its layers are packed.
    pub compression: Compression,
    /// How many images the stack's own repository keeps.
    pub keep: KeptImages,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_asks_for_an_image_and_all_else_names_one() {
        assert_eq!(ImageChoice::from_text("build"), Ok(ImageChoice::Build));
        let named = ImageChoice::from_text("docker.io/library/build").unwrap();
        assert!(matches!(named, ImageChoice::Named(_)));
        assert!(ImageChoice::from_text("Build me").is_err());
    }

    #[test]
    fn a_repository_has_no_tag() {
        for fine in ["rag", "ghcr.io/team/rag", "localhost:5000/rag"] {
            assert!(ImageRepository::from_text(fine).is_ok(), "{fine}");
        }
        for wrong in ["", "rag:1", "ghcr.io/team/rag:1", "rag@sha256:a", "https://ghcr.io/rag"] {
            assert!(ImageRepository::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
