//! What was passed over, and why.

use serde::Serialize;

/// A task or a sandbox that gave nothing, or not all that it could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passed {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: Reason,
}

/// Why something was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is a task of another service.
    OtherStack,
    /// Some of its times lie before those that should come earlier.
    Backwards,
    /// It has not come far enough to have two times.
    NoTimes,
    /// It is of a version of the function with another memory size.
    OtherMemory,
}

impl Passed {
    pub(super) fn new(id: &str, reason: Reason) -> Self {
        Self { id: id.to_owned(), reason }
    }
}

impl Reason {
    /// In words, of one or more.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherStack => "of another stack",
            Self::Backwards => "with times that go backwards",
            Self::NoTimes => "without times",
            Self::OtherMemory => "with another memory size",
        }
    }
}
