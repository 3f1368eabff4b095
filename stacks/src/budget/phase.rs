//! The parts of a cold start.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::range::Range;

/// A part of a cold start, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A request is noticed that finds no task.
    Wake,
    /// The task finds its place and its network.
    Place,
    /// The image is pulled.
    Pull,
    /// The container starts.
    Start,
    /// The process comes to listen.
    Bind,
    /// The pools are warmed.
    Warm,
    /// The balancer finds the task healthy.
    Register,
    /// A caller who was told to come again comes.
    Retry,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Wake,
        Self::Place,
        Self::Pull,
        Self::Start,
        Self::Bind,
        Self::Warm,
        Self::Register,
        Self::Retry,
    ];

    /// The phase as it is written in tables and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wake => "wake",
            Self::Place => "place",
            Self::Pull => "pull",
            Self::Start => "start",
            Self::Bind => "bind",
            Self::Warm => "warm",
            Self::Register => "register",
            Self::Retry => "retry",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How long a phase takes, and how that is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseTime {
    /// The phase.
    pub phase: Phase,
    /// How long it takes, in seconds.
    pub seconds: Range,
    /// How that is known.
    pub basis: Basis,
    /// Where the figures come from, in a few words.
    pub source: String,
}

/// How a time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It was measured on this stack.
    Measured,
    /// The file says it, or ragctl does.
    Set,
    /// Others have measured it and told so.
    Known,
    /// Nothing is known that says it: it is assumed.
    Assumed,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Measured => "measured",
            Self::Set => "set",
            Self::Known => "known",
            Self::Assumed => "assumed",
        })
    }
}
