//! What somebody who works for the stack may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// A role that ECS or Lambda takes on for the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// Who may take it on: `ecs-tasks.amazonaws.com`, or what else its document says.
    pub trusts: String,
    /// What it may do; nothing more.
    pub grants: BTreeSet<Grant>,
    /// The policy that bounds what it may ever do, where the account asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
}

/// Something that a role may do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Pull images of a repository in ECR: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/rag-service`.
    PullImage(String),
    /// Pull images of the stack's own repository.
    PullOwnImage(Address),
    /// Write to a log group of the stack.
    WriteLogs(Address),
    /// Write what a function logs in whichever region CloudFront runs it.
    WriteEdgeLogs(Address),
    /// Read a secret, by where it is kept: `ssm:/path`, `secretsmanager:name`.
    ReadSecret(String),
    /// Ask a destination.
    Ask(Address),
    /// Send a service to sleep, and wake it.
    Wake(Address),
    /// Have an address in the stack's network, as functions need it there.
    JoinNetwork,
    /// Send traces to X-Ray.
    Trace,
    /// What a policy grants that ragctl does not write: the digest of its document.
    Other(String),
}

impl Managed for Role {
    const KIND: Kind = Kind::Role;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        let needed = |grant: &Grant| match grant {
            Grant::WriteLogs(group) => Some(group.clone()),
            // The key of the function stands for all that is at the edge: it is made first, and removed last.
            Grant::WriteEdgeLogs(function) => {
                Some(Address { kind: Kind::Secret, name: function.name.clone() })
            }
            Grant::PullImage(_)
            // A role may be told of a repository that is not there yet, and both are made side by side.
            | Grant::PullOwnImage(_)
            | Grant::ReadSecret(_)
            | Grant::Ask(_)
            | Grant::Wake(_)
            | Grant::JoinNetwork
            | Grant::Trace
            | Grant::Other(_) => None,
        };
        self.grants.iter().filter_map(needed).collect()
    }

    fn in_short(&self) -> String {
        match self.grants.len() {
            0 => format!("for {}, may do nothing", self.trusts),
            1 => format!("for {}, 1 permission", self.trusts),
            more => format!("for {}, {more} permissions", self.trusts),
        }
    }
}
