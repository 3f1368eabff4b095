//! When checks find a task, and when they end it.

use super::CONTAINER_PATH;
use crate::{
    budget::no_kill,
    check::{facts::Facts, finding::Found},
    config::edit::NewValue,
    stack::Target,
};

fn seconds(number: u32) -> NewValue {
    NewValue::Text(format!("{number}s"))
}

pub(super) fn container_kills(facts: &Facts<'_>) -> Option<Found> {
    if !facts.is_container_gated() || !facts.warms() {
        return None;
    }
    let check = facts.runs.health_check;
    let warm = facts.warm_s();
    let allowed = check.start_period.get() + (check.retries.get() - 1) * check.interval.get();
    let grace = facts.runs.deployment.health_check_grace_period.get();
    if allowed > warm || grace > warm {
        return None;
    }
    let period = no_kill::recommended_start_period(warm);
    let found = Found::at(
        &["health_check.start_period", CONTAINER_PATH],
        format!(
            "the container's check asks /readyz and gives up after {allowed}s, and warming takes up to {warm}s"
        ),
        format!("write `start_period: {period}s`, or let the check ask /livez"),
    );
    let reason = format!("1.3 times the {warm}s that a start takes");
    Some(found.mended("health_check.start_period", seconds(period), reason))
}

pub(super) fn balancer_kills(facts: &Facts<'_>) -> Option<Found> {
    let (ready, check) = (facts.ready_s(), facts.probe());
    if no_kill::balancer_lets_live(&facts.tasks()?, f64::from(ready)) {
        return None;
    }
    let flagged = (check.unhealthy_threshold.get() - 1) * check.interval.get();
    let grace = facts.runs.deployment.health_check_grace_period;
    let path = "deployment.health_check_grace_period";
    let better = patient_grace(facts);
    let found = Found::at(
        &[path, "load_balancer.health_check.path"],
        format!(
            "a task is ready after up to {ready}s, the load balancer calls it unhealthy after \
             {flagged}s, and the grace period is {}: it is stopped before it serves, again and again",
            facts.shown(path, grace)
        ),
        format!("write `health_check_grace_period: {better}s`"),
    );
    let reason = format!("1.5 times the {ready}s of a start, and time to be found healthy");
    Some(found.mended(path, seconds(better), reason))
}

/// The grace period that leaves room for a slow start.
fn patient_grace(facts: &Facts<'_>) -> u32 {
    let check = facts.probe();
    let (threshold, interval) = (check.healthy_threshold.get(), check.interval.get());
    no_kill::recommended_grace(facts.ready_s(), threshold, interval)
}

pub(super) fn seen_late(facts: &Facts<'_>) -> Option<Found> {
    let ready = facts.ready_s();
    let late = (ready * 5).max(120);
    let grace_path = "deployment.health_check_grace_period";
    // What a strategy has raised is as long as it must be.
    let grace = facts.file.deployment.health_check_grace_period;
    let better = patient_grace(facts);
    if grace.get() > late.max(2 * better) {
        let found = Found::at(
            &[grace_path],
            format!(
                "the grace period is {grace}, and a task is ready after up to {ready}s, so that a broken revision is seen late"
            ),
            format!("write `health_check_grace_period: {better}s`"),
        );
        let reason = format!("1.5 times the {ready}s of a start, and time to be found healthy");
        return Some(found.mended(grace_path, seconds(better), reason));
    }
    let (path, period) = ("health_check.start_period", facts.file.health_check.start_period);
    (period.get() > late).then(|| {
        let found = Found::at(
            &[path],
            format!("the start period is {period}, and a task is ready after up to {ready}s, so that a broken revision is seen late"),
            "write `start_period: 60s`",
        );
        found.mended(path, seconds(60), format!("a start takes up to {ready}s"))
    })
}

pub(super) fn found_late(facts: &Facts<'_>) -> Option<Found> {
    let check = &facts.file.load_balancer.health_check;
    let interval = check.interval;
    let starts = match (facts.file.target, facts.file.idle) {
        (_, Some(_)) => "each time the service wakes",
        (Target::Fargate, None) => "in each deployment, and whenever a task is added",
        (Target::Local | Target::Lambda, None) => return None,
    };
    if interval.get() <= 10 {
        return None;
    }
    let path = "load_balancer.health_check.interval";
    let mut found = Found::at(
        &[path],
        format!(
            "the load balancer asks a task every {}, so that a new one waits {}s on average before \
             it gets a request, {starts}",
            facts.shown(path, interval),
            interval.get() / 2
        ),
        "write `interval: 5s`, `timeout: 4s` and `unhealthy_threshold: 6` beneath \
         `load_balancer.health_check:`",
    );
    let reason = format!("a new task is found within 5s, not {}s", interval.get());
    found = found.mended(path, seconds(5), reason);
    if check.timeout.get() > 4 {
        let reason = "less than the interval";
        found = found.mended("load_balancer.health_check.timeout", seconds(4), reason);
    }
    if check.unhealthy_threshold.get() < 6 {
        let (path, reason) = ("load_balancer.health_check.unhealthy_threshold", "30s of patience");
        found = found.mended(path, NewValue::Number(6), reason);
    }
    Some(found)
}

pub(super) fn back_late(facts: &Facts<'_>) -> Option<Found> {
    let check = facts.probe();
    let path = "load_balancer.health_check.healthy_threshold";
    (check.healthy_threshold.get() > 2).then(|| {
        let found = Found::at(
            &[path],
            format!(
                "a task that was unhealthy for a moment comes back after {}s, and new tasks need \
                 one good check in any case",
                check.healthy_threshold.get() * check.interval.get()
            ),
            "write `healthy_threshold: 2`",
        );
        found.mended(path, NewValue::Number(2), "a new task needs one good check in any case")
    })
}
