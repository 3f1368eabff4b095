//! How long a task takes until it serves, and how long its health checks let it: in seconds.
//!
//! Where AWS does not say, the figures are what others measured, with `DescribeTasks`, on Fargate.

use crate::budget::no_kill;
use crate::stack::TargetHealthCheck;

/// From a container's start until the service listens, in 99 of 100 starts. It listens after a few
/// milliseconds (`docs/measurements.md`); a task with a quarter of a CPU takes longer.
pub(super) const BIND_S: u32 = 1;

/// Until a started task is known to be healthy everywhere.
const SPREAD_S: u32 = 5;

/// From the wish for a task to the start of its container: scheduling 3, network 14, pulling a small
/// image 4, starting 4.
pub(super) const PLACE_S: u32 = 25;

/// After how many seconds of failing checks the load balancer calls a task unhealthy, at the
/// earliest. ECS then stops it, unless the grace period goes on.
pub(super) fn flagged_s(check: &TargetHealthCheck) -> u32 {
    (check.unhealthy_threshold.get() - 1) * check.interval.get()
}

/// How long a task that was called unhealthy needs to be called healthy again, once it is.
pub(super) fn recovery_s(check: &TargetHealthCheck) -> u32 {
    check.healthy_threshold.get() * check.interval.get() + SPREAD_S
}

/// The grace period that leaves room for a slow start.
pub(super) fn grace_s(ready_s: u32, check: &TargetHealthCheck) -> u32 {
    let interval = check.interval.get();
    no_kill::recommended_grace(ready_s, check.healthy_threshold.get(), interval)
}

/// How long the load balancer takes to find a task that is ready, as a rule.
pub(super) fn found_s(ready_s: u32, check: &TargetHealthCheck) -> u32 {
    let interval = check.interval.get();
    let is_flagged = ready_s >= check.unhealthy_threshold.get() * interval;
    let again = if is_flagged { (check.healthy_threshold.get() - 1) * interval } else { 0 };
    interval / 2 + again
}

/// From the wish for a task to the first answer through the load balancer, as a rule.
pub(super) fn first_answer_s(ready_s: u32, check: &TargetHealthCheck) -> u32 {
    PLACE_S + ready_s + found_s(ready_s, check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{HttpPath, Seconds, Whole};

    fn check(interval: u32, healthy: u32, unhealthy: u32) -> TargetHealthCheck {
        TargetHealthCheck {
            path: HttpPath::ready(),
            interval: Seconds::new(interval).unwrap(),
            timeout: Seconds::new(2).unwrap(),
            healthy_threshold: Whole::new(healthy).unwrap(),
            unhealthy_threshold: Whole::new(unhealthy).unwrap(),
            matcher: "200".parse().unwrap(),
        }
    }

    #[test]
    fn the_seeds_check_flags_after_60_s_and_needs_65_s_to_recover() {
        let seed = check(30, 2, 3);
        assert_eq!((flagged_s(&seed), recovery_s(&seed)), (60, 65));
        assert_eq!(grace_s(33, &seed), 50 + 65);
    }

    #[test]
    fn a_task_that_was_flagged_is_found_later() {
        let seed = check(30, 2, 3);
        assert_eq!((found_s(89, &seed), found_s(90, &seed)), (15, 45));
        let tuned = check(5, 2, 3);
        assert_eq!((found_s(1, &tuned), found_s(33, &tuned)), (2, 7));
        assert_eq!(first_answer_s(1, &seed), 41);
    }
}
