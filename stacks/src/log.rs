//! What the tasks of a stack print.

use serde::{Deserialize, Serialize};

/// A line, and who printed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The task's id, or the name of another source.
    pub source: String,
    /// The line, without its end. Bytes that are no text are replaced.
    pub text: String,
}
