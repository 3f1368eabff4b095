//! The version of a function that serves.

use serde::{Deserialize, Serialize};

use super::{Digest, Managed};
use crate::address::{Address, Kind, Name};

/// An alias: the name that callers use, and the version of the function that it leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// Its name, `live`.
    pub name: Name,
    /// Whose versions.
    pub function: Address,
    /// What the version is: the digest of the function as it was when that was published.
    pub revision: Digest,
    /// The sandboxes of it that are set up ahead; none: it is set up when it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioned: Option<Provisioned>,
    /// Whether APIs of the account may call it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_apis: bool,
    /// How many versions are kept beside it.
    pub keep: u32,
    /// Sandboxes of other versions that are set up ahead, and serve nobody: a deployment that was cut off left them.
    #[serde(default)]
    pub idle: u32,
}

/// How many sandboxes are set up ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// At least.
    pub minimum: u32,
    /// At most; more than the minimum by autoscaling.
    pub maximum: u32,
    /// Percent of them that should be in use, where there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utilization: Option<u32>,
}

impl Alias {
    /// The address of the one that serves.
    #[must_use]
    pub fn live() -> Address {
        Address::of(Kind::Alias, "live")
    }
}

impl Managed for Alias {
    const KIND: Kind = Kind::Alias;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.function.clone()]
    }

    fn in_short(&self) -> String {
        let revision = &self.revision;
        match self.provisioned {
            None => format!("revision {revision}"),
            Some(Provisioned { minimum, maximum, .. }) if minimum == maximum => {
                format!("revision {revision}, {minimum} set up ahead")
            }
            Some(Provisioned { minimum, maximum, .. }) => {
                format!("revision {revision}, {minimum} to {maximum} set up ahead")
            }
        }
    }
}
