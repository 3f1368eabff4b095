//! What is simulated.

use std::time::Duration;

use jiff::SignedDuration;

use super::times::Times;
use crate::{
    budget::FIRST_PROBES,
    shape::{On, Shape, Tasks},
    stack::Schedule,
    traffic::Traffic,
};

/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long a caller keeps asking who is told to come again: twice the limit that the seed's own test has.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The stack.
    pub shape: Shape,
    /// How long things take.
    pub times: Times,
    /// When requests come.
    pub traffic: Traffic,
    /// For how long.
    pub length: Duration,
    /// What chance begins with. The times of requests depend on it and on the traffic alone, so that stacks can be compared.
    pub seed: u64,
    /// How long a caller keeps asking.
    pub patience: Duration,
    /// The day that is told slot by slot, from 0.
    pub day: u32,
    /// How many times faster than real time the stack's clock runs: what this machine does in real time takes as much longer.
    pub time_scale: f64,
}

impl Scenario {
    /// A scenario with what is usual: a first seed, callers with some patience, the second day of several.
    #[must_use]
    pub fn new(shape: Shape, times: Times, traffic: Traffic, length: Duration) -> Self {
        let day = u32::from(length >= 2 * DAY);
        Self { shape, times, traffic, length, seed: 1, patience: PATIENCE, day, time_scale: 1.0 }
    }

    /// The name of the day that is told slot by slot.
    pub(super) fn weekday(&self) -> String {
        let hours = i64::from(self.day) * 24;
        let midnight = self.traffic.start().checked_add(SignedDuration::from_hours(hours));
        midnight.map_or_else(|_| String::new(), |it| it.strftime("%A").to_string())
    }

    /// When a schedule next holds after `now`; none when it never does, or long after the end.
    pub(super) fn next(&self, schedule: Option<&Schedule>, now: Duration) -> Option<Duration> {
        let start = self.traffic.start();
        let next = schedule?.next_after(start.checked_add(now).ok()?)?;
        let at = next.duration_since(start).unsigned_abs();
        (at < 2 * self.length).then_some(at)
    }

    /// Between the probes of a target that is not known yet.
    pub(super) fn first_probes(&self, tasks: &Tasks) -> Duration {
        match tasks.on {
            On::Machine => FIRST_PROBES.mul_f64(self.time_scale),
            On::Fargate(_) => tasks.check.interval,
        }
    }
}
