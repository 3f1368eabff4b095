//! The model's file: its layout stands in `model/README.md`.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;

/// `MINI`, the version 1, and the checksum.
const HEAD: usize = 16;

/// Larger files are not read: it is another file by mistake, and memory may be scarce.
const LARGEST: u64 = 64 << 20;

/// What makes the file.
const MAKER: &str = "`service/model/make-minilm` makes it";

/// Why a file is not the model.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the embedding model's file {} cannot be read ({MAKER})", path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else, or damaged.
    #[error("the embedding model's file {} cannot be used: {reason} ({MAKER})", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// What is left of a file that is read from its beginning.
pub(super) struct Parts {
    rest: Bytes,
}

impl Parts {
    /// Reads the whole file, and compares it with its checksum.
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        let unfit = |reason| FileError::Unfit { path: path.to_owned(), reason };
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        if size > LARGEST {
            return Err(unfit("it is far too large"));
        }
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
        file.take(LARGEST).read_to_end(&mut content).map_err(unreadable)?;
        let Some((head, body)) = content.split_first_chunk::<HEAD>() else {
            return Err(unfit("it is cut off"));
        };
        if head[..4] != *b"MINI" {
            return Err(unfit("it is not a model"));
        }
        if head[4..8] != 1_u32.to_le_bytes() {
            return Err(unfit("it is of another version"));
        }
        if head[8..] != checksum(body).to_le_bytes() {
            return Err(unfit("it is damaged"));
        }
        Ok(Self { rest: Bytes::from(content).slice(HEAD..) })
    }

    /// The next `count` bytes; `None` where the file ends before.
    pub(super) fn cells(&mut self, count: usize) -> Option<Bytes> {
        (self.rest.len() >= count).then(|| self.rest.split_to(count))
    }

    /// The next `count` numbers.
    pub(super) fn numbers(&mut self, count: usize) -> Option<Vec<f32>> {
        let bytes = self.cells(4 * count)?;
        Some(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    /// Whether nothing is left but what fills the last eight bytes.
    pub(super) fn are_over(&self) -> bool {
        self.rest.len() < 8
    }
}

/// Each eight bytes times their odd place, summed: no change of one of them goes unseen.
pub(super) fn checksum(body: &[u8]) -> u64 {
    let words = body.as_chunks().0.iter();
    words.zip((1_u64..).step_by(2)).fold(0, |sum, (&word, place)| {
        u64::from_le_bytes(word).wrapping_mul(place).wrapping_add(sum)
    })
}
