//! How an init ends.

use std::time::Duration;

use super::failure::FunctionError;

/// How an init ended.
#[derive(Debug)]
pub(super) enum Init {
    /// The process has asked for its first event, after this time.
    Done(Duration),
    /// It said that it cannot, or ended.
    Failed(FunctionError),
    /// It took too long.
    TimedOut,
}
