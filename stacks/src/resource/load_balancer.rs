//! The one address for clients.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Listens on one port and passes requests on to a target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// Its name.
    pub name: Name,
    /// The port that clients use.
    pub port: u16,
    /// How long a connection may stay without a byte; then it is closed, with 504 when an answer was due.
    #[serde(with = "seconds")]
    pub idle_timeout: Duration,
    /// Where requests go.
    pub target_group: Address,
}

impl Managed for LoadBalancer {
    const KIND: Kind = Kind::LoadBalancer;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.target_group.clone()]
    }

    fn in_short(&self) -> String {
        format!("port {}", self.port)
    }
}
