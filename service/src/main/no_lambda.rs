//! AWS Lambda, in a program that was built without it.

use std::{error::Error, path::Path, process::ExitCode, time::Instant};

/// Whether this process is a function on Lambda.
pub(super) fn is_here() -> bool {
    false
}

/// Answers nothing.
pub(super) fn run(_: Instant, _: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    unreachable!("this process is no function")
}
