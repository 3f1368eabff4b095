//! The text of a file, which lies in a file too: none of it is in memory.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    os::unix::fs::FileExt,
};

/// A text: UTF-8, with more in it than blanks and without NUL bytes, in a file without a name.
#[derive(Debug)]
pub struct Text {
    file: File,
    place: Range<u64>,
    warning: Option<String>,
}

impl Text {
    /// The bytes of `file` at `place`, with what is missing from them.
    #[must_use]
    pub const fn new(file: File, place: Range<u64>, warning: Option<String>) -> Self {
        Self { file, place, warning }
    }

    /// How long it is, in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.place.end - self.place.start
    }

    /// Whether there is no text; never so.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is missing from the text, such as pages that could not be read.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Reads it from its beginning. Several readers do not mind each other.
    #[must_use]
    pub fn reader(&self) -> impl Read + '_ {
        Part::new(&self.file, self.place.clone())
    }

    /// Reads it from its beginning, and keeps it while it does.
    #[must_use]
    pub fn into_reader(self) -> impl Read + Send + 'static {
        Part::new(self.file, self.place)
    }
}

/// Reads a part of a file without moving its cursor.
pub(crate) struct Part<F> {
    file: F,
    place: Range<u64>,
}

impl<F> Part<F> {
    pub(crate) const fn new(file: F, place: Range<u64>) -> Self {
        Self { file, place }
    }
}

impl<F: std::borrow::Borrow<File>> Read for Part<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.place.end - self.place.start).unwrap_or(usize::MAX);
        let length = room.len().min(left);
        let read = self.file.borrow().read_at(&mut room[..length], self.place.start)?;
        self.place.start += read as u64;
        Ok(read)
    }
}
