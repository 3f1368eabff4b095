//! A key that is made once, and that nobody is shown.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// A key. Its value is chosen by whoever makes it, and is no part of what a plan knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name.
    pub name: Name,
}

impl Managed for Secret {
    const KIND: Kind = Kind::Secret;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        "a random key, kept in Parameter Store".to_owned()
    }
}
