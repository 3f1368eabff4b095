//! A small program that AWS runs beside the service.

use serde::{Deserialize, Serialize};

use super::{Digest, Managed};
use crate::address::{Address, Kind, Name};

/// A Lambda function that asks the service for a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Which code: the digest of its source.
    pub code: Digest,
    /// What it asks: `load_balancer/app` for the stack's own balancer, or an address such as `https://example.com`.
    pub asks: String,
    /// What it may do.
    pub role: Address,
    /// Where it logs.
    pub log_group: Address,
}

impl Managed for Function {
    const KIND: Kind = Kind::Function;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        let asked = self.asks.parse().ok();
        [self.role.clone(), self.log_group.clone()].into_iter().chain(asked).collect()
    }

    fn in_short(&self) -> String {
        format!("asks {}", self.asks)
    }
}
