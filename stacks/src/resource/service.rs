//! Keeps tasks of one revision running behind the target group.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Digest, Managed};
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Keeps tasks running. How many is not said here: autoscaling owns the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: Name,
    /// What its tasks run.
    pub task_definition: Address,
    /// Which revision of it: the digest of its content.
    ///
    /// So a new revision changes the service too, and a deployment that stopped half-way is seen to be unfinished.
    pub revision: Digest,
    /// Where its tasks are registered.
    pub target_group: Address,
    /// The share of tasks that must stay healthy while a new revision is rolled out, in percent.
    pub minimum_healthy_percent: u32,
    /// The share of tasks that may exist while a new revision is rolled out, in percent.
    pub maximum_percent: u32,
    /// Whether a revision that does not get healthy is rolled back.
    pub circuit_breaker: bool,
    /// After a task's start, during which failed health checks do not stop it.
    #[serde(with = "seconds")]
    pub health_check_grace_period: Duration,
    /// How long a rollout may take.
    #[serde(with = "seconds")]
    pub timeout: Duration,
}

impl Managed for Service {
    const KIND: Kind = Kind::Service;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        // A service whose target group has no balancer is refused by ECS, so the balancer comes first everywhere.
        vec![
            self.task_definition.clone(),
            self.target_group.clone(),
            Address { kind: Kind::LoadBalancer, name: self.target_group.name.clone() },
        ]
    }

    fn in_short(&self) -> String {
        format!("revision {}", self.revision)
    }
}
