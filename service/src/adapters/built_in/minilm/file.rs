//! The model's file: its layout stands in `model/README.md`.

use std::path::Path;

use bytes::Bytes;

use crate::adapters::built_in::file::{FileError, ModelFile};

/// `MINI`, the version 1, and the checksum.
const HEAD: usize = 16;

/// What makes the file.
pub(super) const ORIGIN: &str = "`service/model/make-minilm` makes it";

/// What is left of a file that is read from its beginning.
pub(super) struct Parts {
    rest: Bytes,
}

impl Parts {
    /// Reads the whole file, and compares it with its checksum.
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let file = ModelFile { path, origin: ORIGIN };
        let content = file.content()?;
        let Some((head, body)) = content.as_ref().split_first_chunk::<HEAD>() else {
            return Err(file.unfit("it is cut off"));
        };
        if head[..4] != *b"MINI" {
            return Err(file.unfit("it is not a model"));
        }
        if head[4..8] != 1_u32.to_le_bytes() {
            return Err(file.unfit("it is of another version"));
        }
        if head[8..] != checksum(body).to_le_bytes() {
            return Err(file.unfit("it is damaged"));
        }
        Ok(Self { rest: Bytes::from_owner(content).slice(HEAD..) })
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
