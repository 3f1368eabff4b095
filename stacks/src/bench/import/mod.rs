//! Times of the user's own account, taken over for predictions: what ECS says of tasks, and what the service says of its
//! starts in its log.
//!
//! - `document` finds tasks in JSON of any of the forms in which ECS, its events and its clients write them;
//! - `task` makes phases of a task's times;
//! - `start` makes phases of the lines of one start, of a task or of a sandbox;
//! - [`Import`] gathers them, and says what was passed over and why.

mod document;
mod passed;
mod start;
mod task;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

pub use self::{
    document::{Found, ImportError, read},
    passed::{Passed, Reason},
    start::{StartLine, Starts},
    task::TaskTimes,
};
use crate::{
    budget::{Measured, Measurement, Phase},
    rounded::rounded,
    tune::Spread,
};

/// The most samples of a phase that are kept, the newest: more make no median surer, and a file long.
pub const MOST_SAMPLES: usize = 1000;

/// Times by phase, each with its moment, and what gave none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    samples: BTreeMap<Phase, Vec<(Timestamp, f64)>>,
    /// How many tasks gave at least one time.
    pub tasks: usize,
    /// How many starts in the log did.
    pub starts: usize,
    /// What gave none, or not all that it could.
    pub passed: Vec<Passed>,
}

/// What is told of a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseSamples {
    /// The phase.
    pub phase: Phase,
    /// How many times are kept of it.
    pub samples: usize,
    /// Their percentiles, in seconds.
    pub seconds: Spread,
}

impl Import {
    /// Takes the tasks of `stack` over, of each what it has; those of others are passed over.
    pub fn take_tasks(&mut self, stack: &str, tasks: &[TaskTimes]) {
        for task in tasks {
            if !task.is_of(stack) {
                self.passed.push(Passed::new(task.id(), Reason::OtherStack));
                continue;
            }
            let phases = task.phases();
            if phases.goes_backwards {
                self.passed.push(Passed::new(task.id(), Reason::Backwards));
            }
            if phases.times.is_empty() && !phases.goes_backwards {
                self.passed.push(Passed::new(task.id(), Reason::NoTimes));
            }
            self.tasks += usize::from(!phases.times.is_empty());
            for (phase, at, seconds) in phases.times {
                self.push(phase, at, seconds);
            }
        }
    }

    /// Takes over what lines of the log say of starts, of the newest `most`. Functions count that have `memory` MB, all where
    /// none is said.
    pub fn take_starts(&mut self, starts: &Starts, most: usize, memory: Option<u32>) {
        for start in starts.newest(most) {
            if start.is_sized_otherwise(memory) {
                self.passed.push(Passed::new(start.source(), Reason::OtherMemory));
                continue;
            }
            let phases = start.phases();
            self.starts += usize::from(!phases.is_empty());
            for (phase, seconds) in phases {
                self.push(phase, start.at(), seconds);
            }
        }
    }

    fn push(&mut self, phase: Phase, at: Timestamp, seconds: f64) {
        // No clock of those that tell is finer than a millisecond.
        self.samples.entry(phase).or_default().push((at, rounded(seconds)));
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The times of a phase, oldest first, the newest [`MOST_SAMPLES`].
    fn kept(&self, phase: Phase) -> Vec<f64> {
        let mut all = self.samples.get(&phase).cloned().unwrap_or_default();
        all.sort_by_key(|(at, _)| *at);
        let too_old = all.len().saturating_sub(MOST_SAMPLES);
        all.into_iter().skip(too_old).map(|(_, seconds)| seconds).collect()
    }

    /// What is told of each phase that was measured.
    #[must_use]
    pub fn phases(&self) -> Vec<PhaseSamples> {
        let told = |phase: &Phase| {
            let kept = self.kept(*phase);
            let (samples, seconds) = (kept.len(), Spread::of(kept)?);
            Some(PhaseSamples { phase: *phase, samples, seconds })
        };
        self.samples.keys().filter_map(told).collect()
    }

    /// What predictions go by. `place` says on what these were measured; the day is that of the newest of them.
    #[must_use]
    pub fn measured(&self, place: &str) -> Measured {
        let kept = |phase: &Phase| (*phase, Measurement::Samples(self.kept(*phase)));
        let newest = self.samples.values().flatten().map(|(at, _)| *at).max();
        Measured {
            format: Measured::FORMAT,
            place: place.to_owned(),
            time: newest.map(|it| it.strftime("%F").to_string()).unwrap_or_default(),
            phases: self.samples.keys().map(kept).collect(),
            answer: None,
        }
    }
}

#[cfg(test)]
mod tests;
