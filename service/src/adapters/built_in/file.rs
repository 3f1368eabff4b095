//! A model's file: read whole, or told what is wrong with it.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Larger files are not read: it is another file by mistake, and memory may be scarce.
const LARGEST: u64 = 64 << 20;

/// Why a file is not the model.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the embedding model's file {} cannot be read ({origin})", path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// Where such a file comes from.
        origin: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else, or damaged.
    #[error("the embedding model's file {} cannot be used: {reason} ({origin})", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Where the right one comes from.
        origin: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A file that is looked for, and where such a file comes from: a sentence.
#[derive(Clone, Copy)]
pub(super) struct ModelFile<'a> {
    pub(super) path: &'a Path,
    pub(super) origin: &'static str,
}

impl ModelFile<'_> {
    /// All that is in it.
    pub(super) fn content(self) -> Result<Vec<u8>, FileError> {
        let file = File::open(self.path).map_err(|source| self.unreadable(source))?;
        let size = file.metadata().map_err(|source| self.unreadable(source))?.len();
        if size > LARGEST {
            return Err(self.unfit("it is far too large"));
        }
        // With room for one byte more, the end is seen without growing.
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
        let read = file.take(LARGEST).read_to_end(&mut content);
        read.map_err(|source| self.unreadable(source))?;
        Ok(content)
    }

    /// That it cannot be used, and why.
    pub(super) fn unfit(self, reason: &'static str) -> FileError {
        FileError::Unfit { path: self.path.to_owned(), origin: self.origin, reason }
    }

    fn unreadable(self, source: io::Error) -> FileError {
        FileError::Unreadable { path: self.path.to_owned(), origin: self.origin, source }
    }
}
