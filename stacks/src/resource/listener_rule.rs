//! What becomes of a part of a listener's requests.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder};
use crate::address::{Address, Kind, Name};

/// A rule of a listener, which may be somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerRule {
    /// Its name.
    pub name: Name,
    /// The listener: one of the stack's by its address, or another by its ARN. A rule cannot move.
    pub listener: String,
    /// Among all rules of the listener, the lowest number that matches decides.
    pub priority: u32,
    /// Host names that it is about; empty: all.
    pub hosts: BTreeSet<String>,
    /// Paths that it is about; empty: all.
    pub paths: BTreeSet<String>,
    /// What becomes of a request.
    pub action: RuleAction,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// It goes to a target group of the stack.
    Forward {
        /// The tasks.
        target_group: Address,
        /// Where it goes while they sleep. Which of the two it is at a time is not said here: the function behind it decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        while_asleep: Option<Address>,
    },
    /// Nobody here knows it: 404.
    NotFound,
}

impl Managed for ListenerRule {
    const KIND: Kind = Kind::ListenerRule;
    // The old one goes first: a target group can be behind one balancer only.
    const FIXED: Fixed = Fixed::Fields(&["listener"], ReplaceOrder::DeleteThenCreate);

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        let mut needs: Vec<Address> = self.within().into_iter().collect();
        match &self.action {
            RuleAction::Forward { target_group, while_asleep } => {
                needs.push(target_group.clone());
                needs.extend(while_asleep.clone());
            }
            // What it leaves over must have its own rule before.
            RuleAction::NotFound => needs.extend(
                self.within().map(|it| Address { kind: Kind::ListenerRule, name: it.name }),
            ),
        }
        needs
    }

    fn within(&self) -> Option<Address> {
        self.listener.parse().ok()
    }

    fn in_short(&self) -> String {
        let of: Vec<&str> = self.hosts.iter().chain(&self.paths).map(String::as_str).collect();
        let told = format!("{} at priority {}", of.join(", "), self.priority);
        match self.action {
            RuleAction::Forward { .. } => told,
            RuleAction::NotFound => format!("{told}: 404"),
        }
    }
}
