//! Within which times a task must be ready, so that nobody stops it for not being so.
//!
//! ECS stops a task whose container or target is unhealthy once its grace period is over, which is 0 by default, and does
//! so again and again: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>. Seconds
//! throughout.

use super::range::Range;
use crate::{resource::ContainerHealthCheck, shape::Tasks, stack::at_least};

/// How much longer than expected a start may take before the container's check counts, in percent of what is expected.
const START_SLACK: u32 = 130;

/// How much longer than expected a start may take before the balancer's check counts, in percent of what is expected.
const GRACE_SLACK: u32 = 150;

/// From the last good probe until ECS has taken note. Assumed.
const NOTICE: u32 = 5;

/// The longest start period that ECS takes.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
const LONGEST_START_PERIOD: u32 = 300;

/// The time in which 99 of 100 tasks are warm: at worst, where no more is known.
#[must_use]
pub fn ready_99(bind: Range, warm: Range) -> f64 {
    (bind + warm).worst
}

/// When ECS stops a task that its target group's check does not find healthy, after its registration: at the earliest,
/// and at the latest.
#[must_use]
pub fn balancer_kills_after(tasks: &Tasks) -> (f64, f64) {
    let check = &tasks.check;
    let failed = |probes: u32| f64::from(probes) * check.interval.as_secs_f64();
    let grace = tasks.grace.as_secs_f64();
    let threshold = check.unhealthy_threshold;
    (grace.max(failed(threshold.saturating_sub(1))), grace.max(failed(threshold)))
}

/// When ECS stops a task whose own check fails, after its start: at the earliest, and at the latest.
#[must_use]
pub fn container_kills_after(tasks: &Tasks) -> (f64, f64) {
    let check = &tasks.container_check;
    let grace = tasks.grace.as_secs_f64();
    let failed = |checks| grace.max(tolerance(check, checks));
    (failed(check.retries.saturating_sub(1)), failed(check.retries))
}

/// Whether a task that is ready after `ready` seconds lives, where the balancer asks whether it is warm: it is never found
/// unhealthy, or it is healthy again before the grace period ends.
#[must_use]
pub fn balancer_lets_live(tasks: &Tasks, ready: f64) -> bool {
    let check = &tasks.check;
    let probes = f64::from(check.unhealthy_threshold.saturating_sub(1));
    let is_never_flagged = ready < probes * check.interval.as_secs_f64();
    let good = f64::from(check.healthy_threshold) * check.interval.as_secs_f64();
    let recovered = ready + good + f64::from(NOTICE);
    is_never_flagged || tasks.grace.as_secs_f64() >= recovered
}

/// Whether a task that is ready after `ready` seconds lives, where the container's own check asks whether it is warm.
#[must_use]
pub fn container_lets_live(tasks: &Tasks, ready: f64) -> bool {
    let check = &tasks.container_check;
    tolerance(check, check.retries.saturating_sub(1)) > ready
}

/// The grace period, in whole seconds, for a start that is expected to take `ready`.
///
/// A target that was flagged unhealthy needs `healthy_threshold` good probes before it counts again, one every `interval`.
#[must_use]
pub fn recommended_grace(ready: u32, healthy_threshold: u32, interval: u32) -> u32 {
    at_least(GRACE_SLACK, ready) + healthy_threshold * interval + NOTICE
}

/// The start period of the container's check, in whole seconds, for a start that is expected to take `ready`.
#[must_use]
pub fn recommended_start_period(ready: u32) -> u32 {
    at_least(START_SLACK, ready).min(LONGEST_START_PERIOD)
}

/// How long a container may fail so many checks, from its start on.
fn tolerance(check: &ContainerHealthCheck, checks: u32) -> f64 {
    check.start_period.as_secs_f64() + f64::from(checks) * check.interval.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::tests::{on_fargate, tasks};

    /// The seed's timings: interval 30 s, thresholds 2 and 3; the container's 30 s, 3 times, after 60 s.
    fn seed() -> Tasks {
        tasks(&on_fargate(""))
    }

    #[test]
    fn the_seeds_container_is_stopped_after_120_to_150_s_and_its_target_flagged_after_60_to_90() {
        assert_eq!(container_kills_after(&seed()), (120.0, 150.0));
        assert_eq!(balancer_kills_after(&seed()), (60.0, 90.0));
        let patient = Tasks { grace: std::time::Duration::from_secs(100), ..seed() };
        assert_eq!(balancer_kills_after(&patient), (100.0, 100.0));
        assert_eq!(container_kills_after(&patient), (120.0, 150.0));
    }

    #[test]
    fn a_slow_start_lives_with_the_recommended_grace_and_not_without() {
        let ready = ready_99(Range::exactly(5.0), Range::new(30.0, 60.0, 80.0));
        assert!((ready - 85.0).abs() < 1e-9);
        assert!(!balancer_lets_live(&seed(), ready));
        assert!(balancer_lets_live(&seed(), 59.0), "never flagged");
        let grace = recommended_grace(85, 2, 30);
        assert_eq!(grace, 128 + 60 + 5);
        let patient = Tasks { grace: std::time::Duration::from_secs(u64::from(grace)), ..seed() };
        assert!(balancer_lets_live(&patient, ready));
        assert!(container_lets_live(&seed(), ready) && !container_lets_live(&seed(), 120.0));
    }

    #[test]
    fn a_start_period_is_as_long_as_ecs_takes_at_most() {
        assert_eq!((recommended_start_period(30), recommended_start_period(31)), (39, 41));
        assert_eq!(recommended_start_period(600), 300);
    }
}
