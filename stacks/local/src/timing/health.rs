//! The balancer's view of one target, from the outcomes of its probes.
//!
//! As an Application Load Balancer does it: a new target needs one good probe, whatever the threshold; one that was unhealthy needs
//! `healthy_threshold` in a row. <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use std::{ops::RangeInclusive, str::FromStr, time::Duration};

use ragctl_stacks::resource::HealthCheck;

/// Whether a target may get requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Registered, and not yet known.
    Initial,
    /// Its probes pass.
    Healthy,
    /// Its probes fail.
    Unhealthy,
}

/// How a probe ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Answered in time, with a status that the matcher holds.
    Passed,
    /// Anything else.
    Failed,
}

/// One target's health, and when its next probe is due.
#[derive(Clone, Debug)]
pub struct TargetHealth {
    health: Health,
    streak: u32,
    due: Duration,
    begun: Option<Duration>,
    interval: Duration,
    healthy_threshold: u32,
    unhealthy_threshold: u32,
}

impl TargetHealth {
    /// A target registered at `at`. Its first probe is due at once.
    #[must_use]
    pub fn registered(at: Duration, check: &HealthCheck) -> Self {
        Self {
            health: Health::Initial,
            streak: 0,
            due: at,
            begun: None,
            interval: check.interval,
            healthy_threshold: check.healthy_threshold.max(1),
            unhealthy_threshold: check.unhealthy_threshold.max(1),
        }
    }

    /// What is known of it.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health
    }

    /// When its next probe is due.
    #[must_use]
    pub fn due(&self) -> Duration {
        self.due
    }

    /// Notes that a probe begins at `at`: the next is due an interval later.
    pub fn begin(&mut self, at: Duration) {
        let at = self.begun.map_or(at, |begun| at.max(begun));
        self.begun = Some(at);
        self.due = at.saturating_add(self.interval);
    }

    /// Notes how a probe ended; the new health when it changed.
    pub fn ended(&mut self, probe: Probe) -> Option<Health> {
        let (against, needed, other) = match (self.health, probe) {
            (Health::Initial, Probe::Passed) => (true, 1, Health::Healthy),
            (Health::Unhealthy, Probe::Passed) => (true, self.healthy_threshold, Health::Healthy),
            (Health::Initial | Health::Healthy, Probe::Failed) => {
                (true, self.unhealthy_threshold, Health::Unhealthy)
            }
            (same @ Health::Healthy, Probe::Passed) | (same @ Health::Unhealthy, Probe::Failed) => {
                (false, 0, same)
            }
        };
        self.streak = if against { self.streak.saturating_add(1) } else { 0 };
        if !against || self.streak < needed {
            return None;
        }
        self.streak = 0;
        self.health = other;
        Some(other)
    }

    /// Takes over an edited health check; what is known of the target stays.
    pub fn edit(&mut self, check: &HealthCheck) {
        self.interval = check.interval;
        self.healthy_threshold = check.healthy_threshold.max(1);
        self.unhealthy_threshold = check.unhealthy_threshold.max(1);
        if let Some(begun) = self.begun {
            self.due = begun.saturating_add(self.interval);
        }
    }
}

/// The statuses that mean healthy: `200`, `200,202`, `200-299`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher(Vec<RangeInclusive<u16>>);

/// The text names no statuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a list of statuses such as 200, 200,202 or 200-299")]
pub struct MatcherUnreadable(pub String);

impl Matcher {
    /// Whether `status` means healthy.
    #[must_use]
    pub fn holds(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl FromStr for Matcher {
    type Err = MatcherUnreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let status = |text: &str| {
            let text = text.trim();
            let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
            let status = text.parse().ok().filter(|status| (100..600).contains(status));
            if digits { status } else { None }
        };
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let range = status(first)?..=status(last)?;
            (!range.is_empty()).then_some(range)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        ranges.map(Self).ok_or_else(|| MatcherUnreadable(text.to_owned()))
    }
}
