//! Who may connect to whom.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder};
use crate::address::{Address, Kind, Name};

/// A security group: what may come in; everything may go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Its name.
    pub name: Name,
    /// The network that it belongs to: `default`, or the VPC's id. It cannot move.
    pub vpc: String,
    /// What may come in.
    pub ingress: BTreeSet<Ingress>,
}

/// A port that somebody may connect to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ingress {
    /// Who: a range of addresses, one of the stack's security groups by its address, or another by its id.
    pub from: String,
    /// Which port; with `to`, the first one.
    pub port: u16,
    /// The last port, where there are more; somebody else has opened it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u16>,
    /// Another protocol than TCP; somebody else has opened it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}

impl Ingress {
    /// One TCP port.
    #[must_use]
    pub const fn tcp(from: String, port: u16) -> Self {
        Self { from, port, to: None, protocol: None }
    }
}

impl Managed for SecurityGroup {
    const KIND: Kind = Kind::SecurityGroup;
    const FIXED: Fixed = Fixed::Fields(&["vpc"], ReplaceOrder::DeleteThenCreate);

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        self.ingress.iter().filter_map(|it| it.from.parse().ok()).collect()
    }

    fn in_short(&self) -> String {
        let told = |it: &Ingress| format!("port {} from {}", it.port, it.from);
        self.ingress.iter().map(told).collect::<Vec<_>>().join(", ")
    }
}
