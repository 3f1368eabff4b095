//! How long the balancer takes to find a task healthy that is.

use std::time::Duration;

use super::{assumed::PROPAGATION, range::Range};
use crate::{
    resource::HealthCheck,
    shape::{On, Tasks},
};

/// Real time between the probes by this machine's balancer of a target that was never healthy.
///
/// Someone waits for it at this machine, where a probe costs next to nothing; the interval of the health check, 30 s by
/// default, would be most of a deployment.
pub const FIRST_PROBES: Duration = Duration::from_millis(100);

/// From the moment at which the checked path answers well, `passes` seconds after the registration.
///
/// A new target needs one good probe, an unhealthy one its threshold of them:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>. How many failed
/// probes make a new target unhealthy is not said: typically its threshold, at worst the first.
pub(super) fn register(tasks: &Tasks, passes: Range) -> Range {
    let check = &tasks.check;
    match &tasks.on {
        On::Machine => on_machine(check, passes),
        On::Fargate(_) => {
            Range::new(0.0, typical(check, passes.typical), at_worst(check, passes.worst))
        }
    }
}

fn on_machine(check: &HealthCheck, passes: Range) -> Range {
    let first = FIRST_PROBES.min(check.interval).as_secs_f64();
    let found = |passes: f64, probe: f64| match is_flagged(check, passes) {
        true => interval(check) * f64::from(check.healthy_threshold),
        false => probe,
    };
    Range::new(0.0, found(passes.typical, first / 2.0), found(passes.worst, first))
}

fn typical(check: &HealthCheck, passes: f64) -> f64 {
    let half = interval(check) / 2.0;
    if is_flagged(check, passes) { half + recovery(check) } else { half }
}

fn at_worst(check: &HealthCheck, passes: f64) -> f64 {
    if passes <= 0.0 { interval(check) } else { interval(check) + recovery(check) + PROPAGATION }
}

/// Whether so many probes have failed by then that the target counts as unhealthy.
fn is_flagged(check: &HealthCheck, passes: f64) -> bool {
    passes >= f64::from(check.unhealthy_threshold) * interval(check)
}

/// The good probes behind the first that an unhealthy target needs.
fn recovery(check: &HealthCheck) -> f64 {
    f64::from(check.healthy_threshold.saturating_sub(1)) * interval(check)
}

fn interval(check: &HealthCheck) -> f64 {
    check.interval.as_secs_f64()
}
