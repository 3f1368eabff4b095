//! Keeps tasks of one revision running behind the target group.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Digest, Managed, Subnets};
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
    /// What must pass requests to the target group before ECS lets tasks be registered there. It says what comes first,
    /// and is no setting of the service: no change of it is a change of the service.
    #[serde(skip, default = "this_machines_balancer")]
    pub behind: Address,
    /// What it needs on Fargate.
    #[serde(flatten)]
    pub fargate: Option<OnFargate>,
}

fn this_machines_balancer() -> Address {
    Address::app(Kind::LoadBalancer)
}

/// What a service needs on Fargate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnFargate {
    /// What it is grouped in.
    pub cluster: Address,
    /// Where its tasks lie.
    pub subnets: Subnets,
    /// Who may connect to its tasks: the stack's security groups by their addresses, others by their ids.
    pub security_groups: BTreeSet<String>,
    /// Whether a task gets a public address, which a subnet without NAT needs to reach anything.
    pub public_ip: bool,
    /// How one revision takes over from another.
    pub strategy: DeploymentStrategy,
    /// Whether its last rollout has come to its end. Always wanted; not so after one that failed or was left.
    pub rolled_out: bool,
    /// The image that ragctl builds, when its tasks run one: it is not removed before they run another. It says what comes
    /// first, and is no setting.
    #[serde(skip)]
    pub image: Option<Address>,
}

/// How one revision takes over from another. Blue/green, linear and canary deployments will find their place here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeploymentStrategy {
    /// New tasks beside old ones, a few at a time.
    Rolling,
    /// Another one, which somebody else has chosen.
    Other,
}

impl Managed for Service {
    const KIND: Kind = Kind::Service;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        // A service whose target group has no balancer is refused by ECS, so the balancer comes first everywhere.
        let mut needs =
            vec![self.task_definition.clone(), self.target_group.clone(), self.behind.clone()];
        if let Some(fargate) = &self.fargate {
            needs.push(fargate.cluster.clone());
            needs.extend(fargate.security_groups.iter().filter_map(|it| it.parse().ok()));
            needs.extend(fargate.image.clone());
        }
        needs
    }

    fn in_short(&self) -> String {
        format!("revision {}", self.revision)
    }
}
