//! What services are grouped in.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// An ECS cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its name.
    pub name: Name,
}

impl Managed for Cluster {
    const KIND: Kind = Kind::Cluster;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        "for Fargate".to_owned()
    }
}
