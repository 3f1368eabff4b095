//! What comes of a simulation.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{day::Day, happening::Failed};
use crate::rounded;

/// What comes of a simulation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulated {
    /// The traffic, in a few words.
    pub traffic: String,
    /// What chance began with.
    pub seed: u64,
    /// Days that were simulated.
    #[serde(serialize_with = "rounded::number")]
    pub days: f64,
    /// Requests of users.
    pub requests: u64,
    /// Those that were answered.
    pub answered: u64,
    /// Those that were not, by why.
    pub failed: BTreeMap<Failed, u64>,
    /// Those that met a cold start: they waited for a task or for its pools, or were told to come again.
    pub cold: u64,
    /// How often a caller was told to come again.
    pub told_to_wait: u64,
    /// From the first time that a caller asked until the answer; none where nobody got one.
    pub latency: Option<Latency>,
    /// The latency in seconds that so many in a hundred have at most: 0, 1, … 99, 99.9, 100. Empty where nobody got an answer.
    #[serde(rename = "curve_s", serialize_with = "rounded::numbers")]
    pub curve: Vec<f64>,
    /// Of requests that met a cold start.
    pub cold_latency: Option<Latency>,
    /// Of all others.
    pub warm_latency: Option<Latency>,
    /// What was done for it.
    pub work: Work,
    /// A day, slot by slot.
    pub day: Day,
}

/// Seconds from question to answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// On average.
    #[serde(rename = "mean_s", serialize_with = "rounded::number")]
    pub mean: f64,
    /// Half of all have no more.
    #[serde(rename = "p50_s", serialize_with = "rounded::number")]
    pub p50: f64,
    /// 95 % of all have no more.
    #[serde(rename = "p95_s", serialize_with = "rounded::number")]
    pub p95: f64,
    /// 99 % of all have no more.
    #[serde(rename = "p99_s", serialize_with = "rounded::number")]
    pub p99: f64,
    /// The most.
    #[serde(rename = "most_s", serialize_with = "rounded::number")]
    pub most: f64,
}

/// What tasks, or sandboxes of a function, did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Work {
    /// Hours of tasks, all of them together, as they are paid for: on Fargate from the pull of the image, a minute at least.
    /// Of a function: hours of its sandboxes at work.
    #[serde(serialize_with = "rounded::number")]
    pub task_hours: f64,
    /// Tasks, or sandboxes, that were started.
    pub started: u64,
    /// Tasks that were stopped for their health.
    pub unhealthy: u64,
    /// The most tasks at once.
    pub most: u32,
    /// Hours in which the service slept.
    #[serde(serialize_with = "rounded::number")]
    pub asleep_hours: f64,
    /// How often a request woke it.
    pub wakes: u64,
    /// How often keep-alive asked.
    pub pings: u64,
}

impl Simulated {
    /// The share of requests that met a cold start, from 0 to 1.
    #[must_use]
    pub fn cold_share(&self) -> f64 {
        share(self.cold, self.requests)
    }

    /// The share of requests that got no answer, from 0 to 1.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        share(self.requests - self.answered, self.requests)
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody asks 2^53 times")]
fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}
