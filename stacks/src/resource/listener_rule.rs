//! The part of another listener's requests that is the stack's.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder};
use crate::address::{Address, Kind, Name};

/// A rule of a listener that somebody else owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerRule {
    /// Its name.
    pub name: Name,
    /// The listener, by its ARN. A rule cannot move.
    pub listener: String,
    /// Among all rules of the listener, the lowest number that matches decides.
    pub priority: u32,
    /// Host names that are the stack's; empty: all.
    pub hosts: BTreeSet<String>,
    /// Paths that are the stack's; empty: all.
    pub paths: BTreeSet<String>,
    /// Where its requests go.
    pub target_group: Address,
}

impl Managed for ListenerRule {
    const KIND: Kind = Kind::ListenerRule;
    // The old one goes first: a target group can be behind one balancer only.
    const FIXED: Fixed = Fixed::Fields(&["listener"], ReplaceOrder::DeleteThenCreate);

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.target_group.clone()]
    }

    fn in_short(&self) -> String {
        let of: Vec<&str> = self.hosts.iter().chain(&self.paths).map(String::as_str).collect();
        format!("{} at priority {}", of.join(", "), self.priority)
    }
}
