//! The door from measuring to what is measured.

use std::{fmt, future::Future};

use super::{
    run::{Run, RunFailed},
    size::MemorySize,
};
use crate::backend::Reply;

/// What came of a run. That the function failed is an answer too.
pub type Ran = Result<Run, RunFailed>;

/// A function that is measured: on AWS, or on this machine.
pub trait Subject {
    /// Lets it have this much memory. The next run is a cold one.
    fn resize(&mut self, to: MemorySize) -> impl Future<Output = Reply<()>> + Send;

    /// Runs it in a sandbox that has not run before.
    fn cold(&mut self) -> impl Future<Output = Reply<Ran>> + Send;

    /// Runs it in the sandbox of the last cold run.
    fn warm(&mut self) -> impl Future<Output = Reply<Ran>> + Send;

    /// Runs it in a sandbox that was set up ahead; none where none is.
    fn ahead(&mut self) -> impl Future<Output = Reply<Option<Ran>>> + Send;

    /// Leaves everything as it was found. May be called at any time, and more than once.
    fn restore(&mut self) -> impl Future<Output = Reply<()>> + Send;
}

/// The sorts of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In a new sandbox.
    Cold,
    /// In one that has run before.
    Warm,
    /// In one that was set up ahead.
    Ahead,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Ahead => "set up ahead",
        })
    }
}

/// What is measured next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// With which size.
    pub memory: MemorySize,
    /// In which sort of run.
    pub kind: Kind,
    /// How many runs are done.
    pub done: u64,
}
