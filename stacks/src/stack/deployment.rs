//! How one revision takes over from another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Whole;
use super::seconds::Seconds;

/// How one revision of the service takes over from another.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// How one revision takes over from another.
    pub strategy: DeploymentStrategy,
    /// Percentage of the tasks that must stay healthy meanwhile, rounded up.
    pub minimum_healthy_percent: Whole<0, 100>,
    /// Percentage of the tasks that may run meanwhile, rounded down.
    pub maximum_percent: Whole<100, 200>,
    /// Whether a revision that does not get healthy is rolled back.
    pub circuit_breaker: bool,
    /// Time after a task's start in which failed health checks do not stop it.
    pub health_check_grace_period: Seconds<0, 2_147_483_647>,
    /// Time after which `ragctl deploy` stops waiting for the new revision.
    pub timeout: Seconds<60, 86_400>,
}

/// How one revision takes over from another. There is one way yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum DeploymentStrategy {
    /// New tasks beside old ones, a few at a time.
    Rolling,
}

impl Deployment {
    /// The fewest tasks that must stay healthy while `tasks` are wanted.
    pub fn fewest(&self, tasks: u32) -> u32 {
        at_least(self.minimum_healthy_percent.get(), tasks)
    }

    /// The most tasks that may run while `tasks` are wanted.
    pub fn most(&self, tasks: u32) -> u32 {
        at_most(self.maximum_percent.get(), tasks)
    }

    /// Whether a deployment can start or stop a task at all while `tasks` are wanted.
    pub fn can_step(&self, tasks: u32) -> bool {
        self.most(tasks) > self.fewest(tasks)
    }
}

/// So many percent of the tasks, rounded up.
pub(crate) fn at_least(percent: u32, tasks: u32) -> u32 {
    (u64::from(tasks) * u64::from(percent)).div_ceil(100).try_into().unwrap_or(u32::MAX)
}

/// So many percent of the tasks, rounded down.
pub(crate) fn at_most(percent: u32, tasks: u32) -> u32 {
    (u64::from(tasks) * u64::from(percent) / 100).try_into().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(minimum: u32, maximum: u32) -> Deployment {
        Deployment {
            strategy: DeploymentStrategy::Rolling,
            minimum_healthy_percent: Whole::new(minimum).unwrap(),
            maximum_percent: Whole::new(maximum).unwrap(),
            circuit_breaker: true,
            health_check_grace_period: Seconds::MIN,
            timeout: Seconds::MIN,
        }
    }

    #[test]
    fn the_minimum_is_rounded_up_and_the_maximum_down() {
        let halves = deployment(50, 150);
        assert_eq!((halves.fewest(3), halves.most(3)), (2, 4));
        assert_eq!((halves.fewest(0), halves.most(0)), (0, 0));
    }

    #[test]
    fn one_task_needs_room_for_a_second_or_leave_to_stop() {
        assert!(deployment(100, 200).can_step(1));
        assert!(deployment(0, 100).can_step(1));
        assert!(!deployment(100, 150).can_step(1));
        assert!(deployment(100, 150).can_step(2));
        assert!(!deployment(50, 100).can_step(1));
    }
}
