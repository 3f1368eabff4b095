//! Why there is no text.

use std::{io, time::Duration};

use crate::pipeline::format::{Format, WrongContent};

/// Why a file has no text for us. It would have none another time.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not what its name says.
    #[error("the file {0}")]
    Wrong(WrongContent),
    /// Its reader says why.
    #[error("the {format} could not be read: {reason}")]
    Refused {
        /// What it is.
        format: Format,
        /// Why, as a part of a sentence.
        reason: String,
    },
    /// There is nothing but blanks in it.
    #[error("there is no text in the {format}{}", scanned(*.format))]
    Blank {
        /// What it is.
        format: Format,
    },
    /// It takes too much memory.
    #[error("the {format} could not be read: it needs more than {} MiB of memory", limit_bytes >> 20)]
    Memory {
        /// What it is.
        format: Format,
        /// What it may take.
        limit_bytes: u64,
    },
    /// It takes too long.
    #[error("the {format} could not be read: it needs more than {} s", limit.as_secs())]
    Time {
        /// What it is.
        format: Format,
        /// What it may take: on a processor, or in all.
        limit: Duration,
    },
    /// It holds too much text.
    #[error("the {format} could not be read: it holds more than {} MiB of text", limit_bytes >> 20)]
    Long {
        /// What it is.
        format: Format,
        /// What it may hold.
        limit_bytes: u64,
    },
    /// Its reader broke down.
    #[error("the {format} could not be read: it is damaged, or of a kind that is not known")]
    Damaged {
        /// What it is.
        format: Format,
    },
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is to blame: to try again is no use.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The file may be well: there is no room on the disk, or no process can be started.
    #[error("a file could not be read now")]
    Hindered(#[from] io::Error),
}

/// What a document without text often is.
const fn scanned(format: Format) -> &'static str {
    match format {
        Format::Pdf => "; it may be scanned",
        Format::Text | Format::Markdown | Format::Html | Format::Docx => "",
    }
}
