//! New tasks take over from old ones.

use serde::Serialize;

use crate::{
    budget::{cold_start::ColdStart, phase::Phase, range::Range},
    shape::{On, Tasks},
    stack::{at_least, at_most},
};

/// How new tasks take over from old ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TaskRollout {
    /// How long all of it takes, in seconds.
    pub seconds: Range,
    /// How many tasks it replaces: the fewest that run while the service is awake.
    pub tasks: u32,
    /// How many times new tasks are started.
    pub batches: u32,
    /// From a task being wanted to its counting as healthy, in seconds.
    #[serde(rename = "start_s")]
    pub start: Range,
    /// From an old task being told to leave to its end, in seconds.
    #[serde(rename = "drain_s")]
    pub drain: Range,
}

impl TaskRollout {
    /// Predicts it; none where the percentages let no task start or stop.
    pub(super) fn of(shape: &Tasks, cold: &ColdStart) -> Option<Self> {
        let tasks = shape.minimum;
        let batches = batches(shape, tasks)?;
        let (start, drain) = (start(shape, cold), drain(shape));
        let starts = start.map(|it| it * f64::from(batches));
        // Tasks that drain do not count as running, so that the next batch need not wait for them. At worst it does.
        let drains = Range { worst: drain.worst * f64::from(batches), ..drain };
        Some(Self { seconds: starts + drains, tasks, batches, start, drain })
    }
}

/// How many times new tasks are started until all are new; none where none can start or stop.
///
/// Old tasks stop as soon as enough are healthy without them, and before that only where there is no room for new ones.
fn batches(shape: &Tasks, tasks: u32) -> Option<u32> {
    let fewest = at_least(shape.minimum_healthy_percent, tasks);
    let most = at_most(shape.maximum_percent, tasks);
    let (mut old, mut new, mut batches) = (tasks, 0, 0);
    while new < tasks {
        if old + new >= most {
            old = old.min(fewest.saturating_sub(new));
        }
        let started = most.saturating_sub(old + new).min(tasks - new);
        if started == 0 {
            return None;
        }
        new += started;
        batches += 1;
        old = old.min(fewest.saturating_sub(new));
    }
    Some(batches)
}

/// A task counts as healthy once both the balancer's check and its own have passed.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
fn start(tasks: &Tasks, cold: &ColdStart) -> Range {
    let before = cold.time(Phase::Place) + cold.time(Phase::Pull) + cold.time(Phase::Start);
    let bind = cold.time(Phase::Bind);
    let warm = if tasks.waits_for_warm() { cold.time(Phase::Warm) } else { Range::ZERO };
    let found = bind + warm + cold.time(Phase::Register);
    match tasks.on {
        On::Machine => before + found,
        On::Fargate(_) => before + found.max(own_check(tasks, bind)),
    }
}

/// The first of the container's own checks that finds it listening; they begin one interval after the start.
///
/// Source: <https://docs.docker.com/reference/dockerfile/#healthcheck>
fn own_check(tasks: &Tasks, bind: Range) -> Range {
    let interval = tasks.container_check.interval.as_secs_f64();
    bind.map(|bind| (bind / interval).ceil().max(1.0) * interval)
}

/// ECS takes a task out of the target group, waits until it is out, then stops it. That this takes all of the delay even
/// where nothing is in flight is put together from two pages:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html>,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>.
fn drain(tasks: &Tasks) -> Range {
    match tasks.on {
        // The new tasks take over at once, and `ragctl deploy` does not wait for the old ones.
        On::Machine => Range::ZERO,
        On::Fargate(_) => {
            let delay = tasks.deregistration_delay.as_secs_f64();
            Range::new(delay, delay, delay + tasks.stop_timeout.as_secs_f64())
        }
    }
}

#[cfg(test)]
mod tests;
