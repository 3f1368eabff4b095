//! The bounds between which tasks are added and removed.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// How many tasks there may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalableTarget {
    /// Its name.
    pub name: Name,
    /// The fewest tasks while awake.
    pub minimum: u32,
    /// The most tasks.
    pub maximum: u32,
    /// Whose tasks.
    pub service: Address,
    /// What sends it to sleep by setting both to 0, and wakes it by setting them back; none: it never sleeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeps_by: Option<Address>,
}

impl Managed for ScalableTarget {
    const KIND: Kind = Kind::ScalableTarget;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.service.clone()]
    }

    fn in_short(&self) -> String {
        format!("{} to {} tasks", self.minimum, self.maximum)
    }
}
