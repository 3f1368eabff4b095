//! The task's own check, run beside its program.
//!
//! As ECS does it: a success inside the start period makes the task healthy at once, failures inside it do not count; afterwards
//! `retries` failures in a row make it unhealthy.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>

use std::time::Duration;

use ragctl_stacks::resource::ContainerHealthCheck;

/// What a task's own check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerHealth {
    /// Nothing yet.
    Unknown,
    /// The last check that counted passed, or too few failed since.
    Healthy,
    /// `retries` checks in a row failed.
    Unhealthy,
}

/// How one run of the check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// With exit code 0, in time.
    Passed,
    /// Anything else.
    Failed,
}

/// When the first check runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstCheck {
    /// At the task's start.
    AtOnce,
    /// One interval after it, as on ECS (`moby` has always counted so, <https://github.com/moby/moby/issues/33410>).
    AfterInterval,
}

/// One task's own check: what it has found, and when it runs next.
#[derive(Clone, Debug)]
pub struct ContainerCheck {
    health: ContainerHealth,
    failures: u32,
    started: Duration,
    due: Duration,
    interval: Duration,
    retries: u32,
    start_period: Duration,
}

impl ContainerCheck {
    /// The check of a task started at `at`.
    #[must_use]
    pub fn started(at: Duration, check: &ContainerHealthCheck, first: FirstCheck) -> Self {
        Self {
            health: ContainerHealth::Unknown,
            failures: 0,
            started: at,
            due: match first {
                FirstCheck::AtOnce => at,
                FirstCheck::AfterInterval => at.saturating_add(check.interval),
            },
            interval: check.interval,
            retries: check.retries.max(1),
            start_period: check.start_period,
        }
    }

    /// What it has found.
    #[must_use]
    pub fn health(&self) -> ContainerHealth {
        self.health
    }

    /// When it runs next.
    #[must_use]
    pub fn due(&self) -> Duration {
        self.due
    }

    /// Notes a run that ended at `at`: the next is due an interval later. Returns the new health when it changed.
    pub fn ended(&mut self, at: Duration, check: Check) -> Option<ContainerHealth> {
        let at = at.max(self.due);
        self.due = at.saturating_add(self.interval);
        let starting = self.health == ContainerHealth::Unknown
            && at < self.started.saturating_add(self.start_period);
        let before = self.health;
        match check {
            Check::Passed => {
                self.failures = 0;
                self.health = ContainerHealth::Healthy;
            }
            Check::Failed if starting => {}
            Check::Failed => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= self.retries {
                    self.health = ContainerHealth::Unhealthy;
                }
            }
        }
        (self.health != before).then_some(self.health)
    }
}
