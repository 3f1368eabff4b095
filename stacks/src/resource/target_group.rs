//! Where requests may go, and how its targets' health is found out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// The tasks that requests are shared out among.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// Its name.
    pub name: Name,
    /// How a target's health is found out.
    pub health_check: HealthCheck,
    /// How long a target that is leaving may finish what it has.
    #[serde(with = "seconds")]
    pub deregistration_delay: Duration,
    /// Which target gets the next request.
    pub algorithm: Algorithm,
}

/// The balancer's probe of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// What is asked for.
    pub path: String,
    /// The statuses that mean healthy: `200`, `200,202`, `200-299`.
    pub matcher: String,
    /// Between two probes.
    #[serde(with = "seconds")]
    pub interval: Duration,
    /// Until a probe counts as failed.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// Successes in a row that make an unhealthy target healthy; a new target needs one.
    pub healthy_threshold: u32,
    /// Failures in a row that make a target unhealthy.
    pub unhealthy_threshold: u32,
}

/// Which target gets the next request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Each in turn.
    #[default]
    RoundRobin,
    /// The one with the fewest requests in flight.
    LeastOutstandingRequests,
}

impl Managed for TargetGroup {
    const KIND: Kind = Kind::TargetGroup;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        let check = &self.health_check;
        format!("checks {} every {}", check.path, seconds::text(check.interval))
    }
}
