//! How many tasks run, and when that changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Whole;
use super::seconds::Seconds;

/// How many tasks there may be. ECS runs at most 5,000 tasks of a service.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
pub type Tasks = Whole<1, 5000>;

/// How many tasks run while the service is awake, and what changes that.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoscaling {
    /// Fewest tasks while the service is awake; `idle` says when it goes to sleep.
    pub minimum: Tasks,
    /// Most tasks.
    pub maximum: Tasks,
    /// CPU use to aim at, in percent of what the tasks have.
    pub cpu: Whole<1, 100>,
    /// Requests in flight to aim at for each task; absent: CPU alone decides.
    #[serde(default)]
    pub requests_in_flight: Option<Whole<1, 10_000>>,
    /// Time after adding tasks until more may be added.
    pub scale_out_cooldown: Seconds<0, 86_400>,
    /// Time after removing tasks until more may be removed.
    pub scale_in_cooldown: Seconds<0, 86_400>,
}
