//! A deployment: from the tasks of one revision to those of another, without losing those that answer.
//!
//! As ECS's rolling update with its circuit breaker:
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>.
//! ECS has no deadline; ours is the service's `timeout`.

use std::{fmt, time::Duration};

use crate::{resource::Service, status::RolloutState};

/// What a rollout keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The share of the desired tasks that must stay healthy, in percent, rounded up.
    pub minimum_healthy_percent: u32,
    /// The share of the desired tasks that may run, in percent, rounded down. Draining ones do not count.
    pub maximum_percent: u32,
    /// Whether failing tasks end the rollout before its deadline, and a failed one goes back.
    pub circuit_breaker: bool,
    /// How long it may take; a way back gets as long again.
    pub timeout: Duration,
}

impl Rules {
    /// Those of a service.
    #[must_use]
    pub fn of(service: &Service) -> Self {
        Self {
            minimum_healthy_percent: service.minimum_healthy_percent,
            maximum_percent: service.maximum_percent,
            circuit_breaker: service.circuit_breaker,
            timeout: service.timeout,
        }
    }

    /// Whether a rollout can start or stop even one task.
    #[must_use]
    pub fn can_move(&self, desired: u32) -> bool {
        desired == 0 || self.most(desired) > self.fewest(desired)
    }

    fn fewest(&self, desired: u32) -> u32 {
        share(desired, self.minimum_healthy_percent, u64::div_ceil)
    }

    fn most(&self, desired: u32) -> u32 {
        share(desired, self.maximum_percent, |a, b| a / b)
    }
}

fn share(desired: u32, percent: u32, divide: fn(u64, u64) -> u64) -> u32 {
    u32::try_from(divide(u64::from(desired) * u64::from(percent), 100)).unwrap_or(u32::MAX)
}

/// The failed tasks that end a rollout: half of the desired, at least 3 and at most 200.
#[must_use]
pub fn breaker_threshold(desired: u32) -> u32 {
    desired.div_ceil(2).clamp(3, 200)
}

/// The tasks of one side that are neither draining nor stopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// All of them, healthy or not.
    pub running: u32,
    /// Those that are healthy.
    pub healthy: u32,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Tasks of the wanted revision to start.
    pub start: u32,
    /// Tasks of other revisions to drain: unhealthy ones first.
    pub drain_others: u32,
    /// Tasks of the wanted revision to drain, when there are more than desired: unhealthy ones first.
    pub drain_wanted: u32,
}

/// Why a rollout failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// As many tasks as the circuit breaker allows failed.
    TasksFailed(u32),
    /// It was not complete in time.
    TimedOut(Duration),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TasksFailed(count) => write!(f, "{count} tasks failed in a row"),
            Self::TimedOut(after) => {
                let after = crate::seconds::text(*after);
                write!(f, "the new tasks were not all healthy within {after}")
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Forward,
    Back,
    Ended(RolloutState),
}

/// A deployment under way, or ended.
#[derive(Clone, Debug)]
pub struct Rollout<R> {
    to: R,
    back_to: Option<R>,
    rules: Rules,
    phase: Phase,
    begun: Duration,
    failed_tasks: u32,
    failure: Option<Failure>,
}

impl<R: Clone + PartialEq> Rollout<R> {
    /// Begins at `at`. `complete_before` is the last revision that was once complete: what a failed rollout goes back to.
    #[must_use]
    pub fn begin(at: Duration, to: R, complete_before: Option<R>, rules: Rules) -> Self {
        let back_to = complete_before.filter(|revision| *revision != to);
        Self {
            to,
            back_to,
            rules,
            phase: Phase::Forward,
            begun: at,
            failed_tasks: 0,
            failure: None,
        }
    }

    /// The revision whose tasks are wanted now: the new one, or the one that it goes back to. All others are drained.
    #[must_use]
    pub fn wanted(&self) -> &R {
        match (&self.phase, &self.back_to) {
            (Phase::Back | Phase::Ended(RolloutState::RolledBack), Some(back_to)) => back_to,
            _ => &self.to,
        }
    }

    /// The revision that was to be rolled out.
    #[must_use]
    pub fn revision(&self) -> &R {
        &self.to
    }

    /// How it stands. On the way back it is still in progress.
    #[must_use]
    pub fn state(&self) -> RolloutState {
        match self.phase {
            Phase::Forward | Phase::Back => RolloutState::InProgress,
            Phase::Ended(state) => state,
        }
    }

    /// Why it failed, from the moment it turned back.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Notes that a task of the wanted revision ended or was stopped for its health, before or after it was healthy.
    pub fn task_failed(&mut self) {
        self.failed_tasks = self.failed_tasks.saturating_add(1);
    }

    /// Notes that a task of the wanted revision got healthy: failures before it are forgotten, as ECS's `resetOnHealthyTask` does.
    pub fn task_got_healthy(&mut self) {
        self.failed_tasks = 0;
    }

    /// What to do at `at`, given the tasks of [`wanted`](Self::wanted) and those of all other revisions.
    ///
    /// When it turns back or ends, it asks for nothing: look at [`wanted`](Self::wanted) and [`state`](Self::state) anew.
    pub fn next(&mut self, at: Duration, desired: u32, wanted: Tasks, others: Tasks) -> Work {
        if let Phase::Ended(_) = self.phase {
            return Work::default();
        }
        if others.running == 0 && wanted.running == desired && wanted.healthy >= desired {
            self.phase = Phase::Ended(match self.phase {
                Phase::Back => RolloutState::RolledBack,
                Phase::Forward | Phase::Ended(_) => RolloutState::Completed,
            });
            return Work::default();
        }
        if let Some(failure) = self.has_failed(at, desired) {
            self.give_up(at, failure);
            return Work::default();
        }
        work(&self.rules, desired, wanted, others)
    }

    fn has_failed(&self, at: Duration, desired: u32) -> Option<Failure> {
        let breaks = self.rules.circuit_breaker
            && self.phase == Phase::Forward
            && self.failed_tasks >= breaker_threshold(desired);
        let late = at >= self.begun.saturating_add(self.rules.timeout);
        if breaks {
            Some(Failure::TasksFailed(self.failed_tasks))
        } else {
            late.then_some(Failure::TimedOut(self.rules.timeout))
        }
    }

    fn give_up(&mut self, at: Duration, failure: Failure) {
        let goes_back =
            self.phase == Phase::Forward && self.rules.circuit_breaker && self.back_to.is_some();
        if goes_back {
            self.phase = Phase::Back;
            self.begun = at;
            self.failed_tasks = 0;
        } else {
            self.phase = Phase::Ended(RolloutState::Failed);
        }
        // What made it turn back says more than that the way back failed too.
        self.failure.get_or_insert(failure);
    }
}

fn work(rules: &Rules, desired: u32, wanted: Tasks, others: Tasks) -> Work {
    let (fewest, most) = (rules.fewest(desired), rules.most(desired));
    let healthy = wanted.healthy.saturating_add(others.healthy);
    let room = most.saturating_sub(wanted.running.saturating_add(others.running));
    let start = desired.saturating_sub(wanted.running).min(room);

    // Places that the missing tasks need and the maximum does not give: someone has to go first.
    let needed = desired.saturating_sub(wanted.running).saturating_sub(start);

    // Unhealthy tasks of another revision stay while they may be all that answers (fail-open), unless their place is needed.
    let ailing = others.running.saturating_sub(others.healthy);
    let replaced = desired == 0 || (wanted.healthy > 0 && healthy >= fewest);
    let drain_ailing = if replaced { ailing } else { ailing.min(needed) };

    let spare = healthy.saturating_sub(fewest);
    let surplus = healthy.saturating_sub(desired);
    let drain_healthy =
        others.healthy.min(spare).min(surplus.saturating_add(needed.saturating_sub(drain_ailing)));

    let wanted_ailing = wanted.running.saturating_sub(wanted.healthy);
    let drain_wanted = wanted
        .running
        .saturating_sub(desired)
        .min(wanted_ailing.saturating_add(spare.saturating_sub(drain_healthy)));
    Work { start, drain_others: drain_ailing.saturating_add(drain_healthy), drain_wanted }
}

#[cfg(test)]
mod tests;
