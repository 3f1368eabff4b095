//! A model's file: read whole, or told what is wrong with it.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

#[cfg(target_os = "linux")]
use memmap2::Advice;
use memmap2::MmapMut;

/// Larger files are not read: it is another file by mistake, and memory may be scarce.
const LARGEST: usize = 64 << 20;

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
    pub(super) fn content(self) -> Result<Content, FileError> {
        let file = File::open(self.path).map_err(|source| self.unreadable(source))?;
        let size = file.metadata().map_err(|source| self.unreadable(source))?.len();
        let Some(size) = usize::try_from(size).ok().filter(|it| *it <= LARGEST) else {
            return Err(self.unfit("it is far too large"));
        };
        Content::read(file, size).map_err(|source| self.unreadable(source))
    }

    /// That it cannot be used, and why.
    pub(super) fn unfit(self, reason: &'static str) -> FileError {
        FileError::Unfit { path: self.path.to_owned(), origin: self.origin, reason }
    }

    fn unreadable(self, source: io::Error) -> FileError {
        FileError::Unreadable { path: self.path.to_owned(), origin: self.origin, source }
    }
}

/// What was read of a file, in large pages of memory where the system has them: with small ones, reading would take more
/// than twice as long, for the processor is stopped at the first touch of each.
pub(super) struct Content {
    pages: MmapMut,
    length: usize,
}

impl Content {
    /// Reads `size` bytes, or to the end where that comes before.
    fn read(mut file: File, size: usize) -> io::Result<Self> {
        // There is no memory of no length.
        let mut pages = MmapMut::map_anon(size.max(1))?;
        #[cfg(target_os = "linux")]
        // A wish: a kernel without large pages refuses it.
        pages.advise(Advice::HugePage).ok();
        let mut length = 0;
        while length < size {
            match file.read(&mut pages[length..size]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { pages, length })
    }
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        &self.pages[..self.length]
    }
}
