//! How fast the account's slow things happen.

use std::time::Duration;

/// How long things take that AWS does in its own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// One phase of a rollout: a task takes about four to be healthy. Default: 5 ms.
    pub phase: Duration,
    /// How long the network interfaces of a deleted balancer, service or task still hold their
    /// security groups. Default: 100 ms.
    pub release: Duration,
    /// How long a new load balancer is `provisioning`, a new function or version of one `Pending`, and provisioned
    /// concurrency `IN_PROGRESS`. Default: 20 ms.
    pub provision: Duration,
    /// How long a deleted ECS service is `DRAINING`. Default: 40 ms.
    pub drain: Duration,
    /// How long a change of a distribution takes to be everywhere. Default: 20 ms.
    pub distribute: Duration,
    /// How long the copies of a function that CloudFront does not call any more still are there. Default: none, so that one run
    /// takes all down.
    pub replicas: Duration,
    /// How many calls of ECS and Lambda that name a new role do not see it yet. Default: 1.
    pub role_unseen: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            phase: Duration::from_millis(5),
            release: Duration::from_millis(100),
            provision: Duration::from_millis(20),
            drain: Duration::from_millis(40),
            distribute: Duration::from_millis(20),
            replicas: Duration::ZERO,
            role_unseen: 1,
        }
    }
}

impl Pace {
    /// Everything at once: for tests in which waiting is not the subject.
    pub fn instant() -> Self {
        Self {
            phase: Duration::from_micros(100),
            release: Duration::ZERO,
            provision: Duration::ZERO,
            drain: Duration::ZERO,
            distribute: Duration::ZERO,
            replicas: Duration::ZERO,
            role_unseen: 0,
        }
    }
}
