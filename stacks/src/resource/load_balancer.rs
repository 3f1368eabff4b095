//! The one address for clients.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder, Subnets};
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Passes requests on to the tasks of a target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// Its name.
    pub name: Name,
    /// How long a connection may stay without a byte; then it is closed, with 504 when an answer was due.
    #[serde(with = "seconds")]
    pub idle_timeout: Duration,
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
}

/// Where a load balancer stands, and what belongs to that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// On this machine: it listens by itself.
    Machine {
        /// The port that clients use.
        port: u16,
        /// Where requests go.
        target_group: Address,
    },
    /// In a network of AWS: its [`Listener`](super::Listener)s say which ports, and where requests go.
    Network {
        /// Who can reach it.
        scheme: Scheme,
        /// The subnets that it has an address in.
        subnets: Subnets,
        /// Who may connect: the stack's security groups by their addresses, others by their ids.
        security_groups: BTreeSet<String>,
    },
}

/// Who can reach a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Everybody.
    InternetFacing,
    /// Its own network.
    Internal,
}

impl LoadBalancer {
    /// The port that it listens on and where its requests go, on this machine.
    #[must_use]
    pub const fn on_this_machine(&self) -> Option<(u16, &Address)> {
        match &self.place {
            Place::Machine { port, target_group } => Some((*port, target_group)),
            Place::Network { .. } => None,
        }
    }
}

impl Managed for LoadBalancer {
    const KIND: Kind = Kind::LoadBalancer;
    const FIXED: Fixed = Fixed::Fields(&["scheme"], ReplaceOrder::DeleteThenCreate);

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        match &self.place {
            Place::Machine { target_group, .. } => vec![target_group.clone()],
            Place::Network { security_groups, .. } => {
                security_groups.iter().filter_map(|it| it.parse().ok()).collect()
            }
        }
    }

    fn in_short(&self) -> String {
        match &self.place {
            Place::Machine { port, .. } => format!("port {port}"),
            Place::Network { scheme: Scheme::InternetFacing, .. } => "for everybody".to_owned(),
            Place::Network { scheme: Scheme::Internal, .. } => "for its network alone".to_owned(),
        }
    }
}
