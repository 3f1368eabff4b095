//! How a container of the image is run.
//!
//! Source: <https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md>

use std::collections::BTreeMap;

use ragctl_stacks::stack::Architecture;
use serde::{Deserialize, Serialize};

use crate::{
    base::{CERTIFICATES, USER},
    digest::Digest,
};

/// The time of everything: an image says what is in it, not when it was made.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// The program's path in the image.
pub(crate) const PROGRAM: &str = "rag-service";

/// Where the embedder's data is, in an image and in a layer of Lambda's alike.
pub(crate) const EMBEDDER: &str = "opt/embedder";

/// How a container of the image is run. The order of fields is the order in the file, whose digest it decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageConfig {
    #[serde(default)]
    pub(crate) created: String,
    pub(crate) architecture: String,
    pub(crate) os: String,
    #[serde(default)]
    pub(crate) config: Execution,
    pub(crate) rootfs: RootFs,
    #[serde(default)]
    pub(crate) history: Vec<History>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Execution {
    pub(crate) user: String,
    pub(crate) env: Vec<String>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) working_dir: String,
    pub(crate) labels: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RootFs {
    #[serde(rename = "type")]
    pub(crate) sort: String,
    pub(crate) diff_ids: Vec<Digest>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct History {
    pub(crate) created: String,
    pub(crate) created_by: String,
    pub(crate) comment: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) empty_layer: bool,
}

impl ImageConfig {
    /// Runs the service in these layers, each with its name and the digest of its archive.
    pub(crate) fn new(
        architecture: Architecture,
        version: &str,
        layers: impl IntoIterator<Item = (&'static str, Digest)>,
    ) -> Self {
        let (names, diff_ids): (Vec<_>, Vec<_>) = layers.into_iter().unzip();
        let labels = [
            ("org.opencontainers.image.title", "rag-service"),
            ("org.opencontainers.image.version", version),
            ("org.opencontainers.image.licenses", "MIT OR Apache-2.0"),
        ];
        let env = [
            "PATH=/".to_owned(),
            format!("SSL_CERT_FILE=/{CERTIFICATES}"),
            format!("EMBEDDER_DIR=/{EMBEDDER}"),
        ];
        let of_layer = |name: &str| History {
            created: NO_TIME.to_owned(),
            created_by: "ragctl image build".to_owned(),
            comment: name.to_owned(),
            empty_layer: false,
        };
        Self {
            created: NO_TIME.to_owned(),
            architecture: in_go(architecture).to_owned(),
            os: "linux".to_owned(),
            config: Execution {
                user: format!("{USER}:{USER}"),
                env: env.to_vec(),
                entrypoint: Some(vec![format!("/{PROGRAM}")]),
                cmd: Some(vec!["serve".to_owned()]),
                working_dir: "/".to_owned(),
                labels: Some(
                    labels.iter().map(|(key, it)| ((*key).to_owned(), (*it).to_owned())).collect(),
                ),
            },
            rootfs: RootFs { sort: "layers".to_owned(), diff_ids },
            history: names.into_iter().map(of_layer).collect(),
        }
    }
}

/// The word for an architecture in images, which is Go's.
pub(crate) fn in_go(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "amd64",
        Architecture::Arm64 => "arm64",
    }
}
