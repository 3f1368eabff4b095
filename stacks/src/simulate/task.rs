//! One task, from the moment at which it is wanted.

use std::{collections::VecDeque, time::Duration};

use super::callers::RequestId;
use crate::timing::{
    container_check::{ContainerCheck, ContainerHealth},
    crew::Standing,
    health::{Health, TargetHealth},
};

/// Names a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TaskId(pub(super) u64);

/// A task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: TaskId,
    /// When its process began to run.
    pub(super) running: Option<Duration>,
    /// Since when it is paid for.
    pub(super) paid: Option<Duration>,
    pub(super) is_bound: bool,
    pub(super) warmth: Warmth,
    /// How many of its workers have a connection to the provider: the first makes it ready; each other one sets its own up behind the first, or
    /// when it is first needed.
    pub(super) workers: usize,
    /// What the balancer knows of it, once it is registered.
    pub(super) target: Option<TargetHealth>,
    /// Its own check, until that has passed once.
    pub(super) check: Option<ContainerCheck>,
    pub(super) course: Course,
    /// What it is answering.
    pub(super) answering: Vec<RequestId>,
    /// What waits for a worker, or for its pools.
    pub(super) waiting: VecDeque<RequestId>,
}

/// Whether a task's pools are warm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Warmth {
    /// Nobody has begun to warm them.
    Cold,
    /// They are being warmed.
    Warming,
    /// They are.
    Warm,
}

/// Why a task's pools are warmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WarmedFor {
    /// For all questions to come: both pools side by side, and the other workers behind the first.
    All,
    /// For one question that needs them: one pool after the other, and no more than it needs.
    One,
}

/// How a task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It stays.
    Stays,
    /// It has failed its checks, and stays until another one has taken its place.
    Ails,
    /// It finishes what it has.
    Drains,
}

impl Task {
    pub(super) const fn new(id: TaskId) -> Self {
        Self {
            id,
            running: None,
            paid: None,
            is_bound: false,
            warmth: Warmth::Cold,
            workers: 0,
            target: None,
            check: None,
            course: Course::Stays,
            answering: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// What the balancer has found of it.
    pub(super) fn health(&self) -> Option<Health> {
        self.target.as_ref().map(TargetHealth::health)
    }

    /// Whether the balancer may give it requests, if only for want of better.
    pub(super) fn is_registered(&self) -> bool {
        self.course != Course::Drains && self.target.is_some()
    }

    /// Whether it is a healthy target. One that drains is none any more, whatever its probes have found.
    pub(super) fn is_healthy(&self) -> bool {
        self.standing() == Standing::Healthy
    }

    pub(super) fn own_health(&self) -> Option<ContainerHealth> {
        self.check.as_ref().map(ContainerCheck::health)
    }

    pub(super) fn standing(&self) -> Standing {
        match (self.course, self.health()) {
            (Course::Drains, _) => Standing::Draining,
            (Course::Ails, _) => Standing::Ailing,
            (Course::Stays, Some(Health::Healthy)) => Standing::Healthy,
            (Course::Stays, _) => Standing::Starting,
        }
    }

    /// Requests that it has.
    pub(super) fn in_flight(&self) -> usize {
        self.answering.len() + self.waiting.len()
    }
}
