//! How long it takes until a new revision has taken over.

mod tasks;
mod version;

use serde::Serialize;

pub use self::{tasks::TaskRollout, version::VersionRollout};
use super::{cold_start::ColdStart, range::Range};
use crate::shape::Shape;

/// How a new revision takes over from an old one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Rollout {
    /// Tasks by tasks.
    Tasks(TaskRollout),
    /// A version of a function by another one.
    Version(VersionRollout),
}

impl Rollout {
    /// Predicts a rollout; none where the percentages let no task start or stop.
    #[must_use]
    pub fn of(shape: &Shape, cold: &ColdStart) -> Option<Self> {
        match shape {
            Shape::Tasks(tasks) => TaskRollout::of(tasks, cold).map(Self::Tasks),
            Shape::Function(_) => Some(Self::Version(VersionRollout::of(cold))),
        }
    }

    /// How long all of it takes, in seconds.
    #[must_use]
    pub const fn seconds(&self) -> Range {
        match self {
            Self::Tasks(it) => it.seconds,
            Self::Version(it) => it.seconds,
        }
    }
}
