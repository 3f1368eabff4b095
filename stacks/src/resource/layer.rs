//! Files that functions find below `/opt`.

use serde::{Deserialize, Serialize};

use super::{Managed, image::short};
use crate::address::{Kind, Name};

/// A layer of Lambda: a folder, of which each content is a numbered version that never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name, which is that of the folder below `/opt`.
    pub name: Name,
    /// What is in the latest version: `sha256:` and 64 hexadecimal digits of its archive.
    pub digest: String,
    /// How many versions are kept beside the latest.
    pub keep: u32,
}

impl Managed for Layer {
    const KIND: Kind = Kind::Layer;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<crate::address::Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        format!("{} at /opt/{}", short(&self.digest), self.name)
    }

    fn loss(&self) -> String {
        "deletes all its versions".to_owned()
    }
}
