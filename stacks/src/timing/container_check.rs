//! The task's own check, run beside its program.
//!
//! As ECS does it: a success inside the start period makes the task healthy at once, failures inside it do not count; afterwards
//! `retries` failures in a row make it unhealthy.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>

use std::time::Duration;

use crate::resource::ContainerHealthCheck;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Check::*, ContainerHealth::*, *};

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn check(interval: u64, retries: u32, start_period: u64) -> ContainerHealthCheck {
        ContainerHealthCheck {
            command: vec!["CMD".into(), "/rag-service".into(), "healthcheck".into()],
            interval: s(interval),
            timeout: s(5),
            retries,
            start_period: s(start_period),
        }
    }

    /// Runs checks (`+` and `-`) at the times that they are due; each with what it leads to.
    fn run(checks: &str, of: &ContainerHealthCheck) -> Vec<(u64, ContainerHealth)> {
        let mut task = ContainerCheck::started(s(0), of, FirstCheck::AfterInterval);
        let step = |check| {
            let at = task.due();
            task.ended(at, if check == '+' { Passed } else { Failed });
            (at.as_secs(), task.health())
        };
        checks.chars().map(step).collect()
    }

    #[test]
    fn the_seeds_figures_kill_a_task_that_never_answers_after_two_minutes() {
        // 30 s apart, 3 retries, 60 s start period: the checks at 60, 90 and 120 s count.
        let found = run("----", &check(30, 3, 60));
        assert_eq!(found, [(30, Unknown), (60, Unknown), (90, Unknown), (120, Unhealthy)]);
    }

    #[test]
    fn a_success_in_the_start_period_makes_it_healthy_and_failures_count_from_then_on() {
        let found = run("-+--", &check(10, 2, 120));
        assert_eq!(found, [(10, Unknown), (20, Healthy), (30, Healthy), (40, Unhealthy)]);
    }

    #[test]
    fn a_success_forgives_the_failures_before_it() {
        let found = run("+-+--+", &check(10, 2, 0));
        let health: Vec<_> = found.into_iter().map(|(_, health)| health).collect();
        assert_eq!(health, [Healthy, Healthy, Healthy, Healthy, Unhealthy, Healthy]);
    }

    #[test]
    fn the_first_check_comes_at_once_or_after_an_interval() {
        let of = check(30, 3, 0);
        assert_eq!(ContainerCheck::started(s(7), &of, FirstCheck::AtOnce).due(), s(7));
        assert_eq!(ContainerCheck::started(s(7), &of, FirstCheck::AfterInterval).due(), s(37));
    }

    #[test]
    fn a_change_is_told_once() {
        let mut task = ContainerCheck::started(s(0), &check(10, 1, 0), FirstCheck::AtOnce);
        assert_eq!(task.ended(s(0), Passed), Some(Healthy));
        assert_eq!(task.ended(s(10), Passed), None);
        assert_eq!(task.ended(s(20), Failed), Some(Unhealthy));
        assert_eq!(task.ended(s(30), Failed), None);
    }

    proptest! {
        #[test]
        fn it_is_never_unhealthy_before_the_start_period_and_its_retries_are_over(
            interval in 5_u64..60, retries in 1_u32..6, start_period in 0_u64..300,
        ) {
            let of = check(interval, retries, start_period);
            let found = run(&"-".repeat(100), &of);
            let killed = found.iter().find(|(_, health)| *health == Unhealthy).unwrap().0;
            prop_assert!(killed >= start_period + u64::from(retries - 1) * interval);
            prop_assert!(killed <= start_period + u64::from(retries + 1) * interval);
        }
    }
}
