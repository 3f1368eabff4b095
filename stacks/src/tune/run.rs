//! One run of a function, and what many of them have in common.

use serde::Serialize;

use super::spread::Spread;
use crate::rounded;

/// What one run of a function took, as Lambda reports it.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report>
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// Milliseconds from the event to the answer, a cold start's init included.
    pub answer_ms: f64,
    /// Milliseconds from the event until the function asked for the next one.
    pub duration_ms: f64,
    /// Milliseconds that a cold start on demand took before the event.
    pub init_ms: Option<f64>,
    /// Milliseconds that are paid for, init included.
    pub billed_ms: f64,
    /// The most memory that its sandbox has used so far, in MB.
    pub peak_mb: f64,
}

impl Run {
    /// The same in a sandbox that was set up ahead: nobody waited for its init, which Lambda reports all the same with the
    /// first event that the sandbox gets.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/operatorguide/initialization-pc.html>
    #[must_use]
    pub fn in_one_set_up_ahead(self) -> Self {
        let waited = self.answer_ms - self.init_ms.unwrap_or_default();
        Self { answer_ms: waited, init_ms: None, ..self }
    }
}

/// A run whose function failed, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RunFailed(pub String);

/// What runs of one sort took. Milliseconds, but for the memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timings {
    /// How many runs there were.
    pub runs: usize,
    /// From the event to the answer, init included.
    #[serde(rename = "answer_ms")]
    pub answer: Spread,
    /// From the event until the next one was asked for.
    #[serde(rename = "duration_ms")]
    pub duration: Spread,
    /// What came before the event; none of warm runs.
    #[serde(rename = "init_ms")]
    pub init: Option<Spread>,
    /// What is paid for.
    #[serde(rename = "billed_ms")]
    pub billed: Spread,
    /// The most memory that any of them used, in MB.
    #[serde(serialize_with = "rounded::number")]
    pub peak_mb: f64,
}

impl Timings {
    /// What these runs took; none where there are none.
    #[must_use]
    pub fn of(runs: &[Run]) -> Option<Self> {
        let spread = |what: fn(&Run) -> f64| Spread::of(runs.iter().map(what));
        Some(Self {
            runs: runs.len(),
            answer: spread(|it| it.answer_ms)?,
            duration: spread(|it| it.duration_ms)?,
            init: Spread::of(runs.iter().filter_map(|it| it.init_ms)),
            billed: spread(|it| it.billed_ms)?,
            peak_mb: runs.iter().map(|it| it.peak_mb).fold(0.0, f64::max),
        })
    }
}
