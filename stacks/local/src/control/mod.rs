//! What a command and the supervisor say to each other: HTTP with JSON on the loopback interface, each request carrying
//! the token from the record, which only the stack's owner can read.

pub(crate) mod client;
pub(crate) mod refusal;
pub(crate) mod server;

use std::{collections::BTreeMap, fmt, time::Duration};

use ragctl_stacks::{event::Event, plan::Step};
use serde::{Deserialize, Serialize};

pub(crate) use self::refusal::Refusal;

/// How often the supervisor says that a long step is still under way.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(2);

/// How long a command waits for a sign of life. Several heartbeats: the machine may be busy.
pub(crate) const SILENCE: Duration = Duration::from_secs(20);

/// Names of secrets to their values. They are kept in memory and written nowhere.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Values(pub(crate) BTreeMap<String, String>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// One step to carry out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Perform {
    /// The stack.
    pub(crate) stack: String,
    /// The step.
    pub(crate) step: Step,
    /// How many times faster than real the timings shall run.
    pub(crate) time_scale: f64,
    /// The secrets that tasks may need.
    pub(crate) secrets: Values,
}

/// What may change without a step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// How many times faster than real the timings shall run.
    pub(crate) time_scale: Option<f64>,
    /// The secrets that tasks may need.
    pub(crate) secrets: Values,
    /// Whether it shall be awake now.
    #[serde(default)]
    pub(crate) awake: Option<bool>,
}

/// A line of the answer to [`Perform`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// Still at it.
    Working,
    /// Something happened.
    Event(Event),
    /// The last line: the step is done.
    Done {
        /// Whether nothing is left, so that the supervisor ends.
        leaving: bool,
    },
    /// The last line: the step failed.
    Refused(Refusal),
}

/// Who answers, so that a command knows that it talks to its own stack's supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The supervisor's process.
    pub(crate) pid: u32,
}
