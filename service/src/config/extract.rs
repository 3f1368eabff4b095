//! What the process that reads a file may take.

use std::time::Duration;

use super::read::Reader;

/// What the process that reads a file of HTML, PDF or DOCX may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractLimits {
    /// Its address space, in bytes. `EXTRACT_MEMORY`, default 512 MiB.
    pub memory_bytes: u64,
    /// Its time on a processor, in whole seconds: a fifth of the time below, for it may have to do with a quarter of a
    /// processor.
    pub cpu: Duration,
    /// The time until it has ended. `EXTRACT_TIMEOUT`, default 10 minutes.
    pub time: Duration,
    /// The text that it finds, in bytes. `EXTRACT_TEXT`, default 64 MiB.
    pub text_bytes: u64,
}

impl ExtractLimits {
    /// Reads `EXTRACT_MEMORY`, `EXTRACT_TIMEOUT` and `EXTRACT_TEXT`.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Self {
        let time = from.seconds("EXTRACT_TIMEOUT", 600, 5..=86_400);
        Self {
            memory_bytes: from.number("EXTRACT_MEMORY", 512 << 20, 64 << 20..=64 << 30),
            cpu: time / 5,
            time,
            text_bytes: from.number("EXTRACT_TEXT", 64 << 20, 1..=4 << 30),
        }
    }
}
