//! What happens in a simulation, for whoever wants to be told.

use std::time::Duration;

use serde::Serialize;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// Somebody asked.
    Asked,
    /// A caller was told to come again, after `seconds`.
    ToldToWait {
        /// What `Retry-After` said.
        seconds: u64,
    },
    /// A caller has an answer.
    Answered {
        /// When it was first asked, in milliseconds since the start.
        asked_ms: u64,
        /// Whether it met a cold start.
        cold: bool,
    },
    /// A caller gets no answer.
    Failed {
        /// Why.
        why: Failed,
    },
    /// Keep-alive asked.
    Pinged,
    /// A task was asked for.
    TaskWanted {
        /// Its number.
        task: u64,
    },
    /// A task is paid for from now on.
    TaskPaid {
        /// Its number.
        task: u64,
    },
    /// A task gets requests.
    TaskHealthy {
        /// Its number.
        task: u64,
    },
    /// A task has failed its checks.
    TaskFailed {
        /// Its number.
        task: u64,
    },
    /// A task gets no more requests.
    TaskLeaves {
        /// Its number.
        task: u64,
    },
    /// A task is gone.
    TaskGone {
        /// Its number.
        task: u64,
    },
    /// Autoscaling wants another count.
    Scaled {
        /// The count so far.
        from: u32,
        /// The count from now on.
        to: u32,
    },
    /// The service falls asleep.
    FellAsleep,
    /// A request wakes the service.
    Woke,
}

/// Why a caller gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failed {
    /// No task was there, and nothing told the caller to come again: 503.
    NoTask,
    /// The task did not listen yet: 502.
    NotListening,
    /// Too many wait for an answer already: 429.
    TooMany,
    /// The task was stopped before it had the answer: 502.
    CutOff,
    /// The caller has waited as long as anybody would.
    GaveUp,
}

/// Whoever is told what happens.
pub trait Watch {
    /// Something happened, `at` since the start; never before what was told last.
    fn happened(&mut self, at: Duration, what: Happening);
}

/// Nobody, who is told nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Watch for Nobody {
    fn happened(&mut self, _: Duration, _: Happening) {}
}

impl<F: FnMut(Duration, Happening)> Watch for F {
    fn happened(&mut self, at: Duration, what: Happening) {
        self(at, what);
    }
}
