//! How `EventBridge` speaks to an address outside of AWS: with a header that stands for a key.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// A connection of `EventBridge`. It cannot be had without a key; the key here is the word that marks a ping, no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name.
    pub name: Name,
    /// The header that each request carries.
    pub header: String,
}

impl Managed for Connection {
    const KIND: Kind = Kind::Connection;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        format!("marks requests by {}", self.header)
    }
}
