//! A document: as it comes, as it is worked on, as it is told of.

use std::{
    fs::File,
    io::{self, Read, Seek},
};

use bytes::Bytes;
use jiff::Timestamp;

/// Bytes of a part of a document's content, but for the last, which may be shorter.
pub const PART_BYTES: usize = 1024 * 1024;

/// A document to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// `doc-` and the hash of its source's name. One document has it.
    pub id: String,
    /// Where it comes from, as the user named it.
    pub source: String,
    /// SHA-256 of its content, hexadecimal. One document has it.
    pub hash: String,
    /// What its content is: a word of `pipeline::format`.
    pub format: String,
    /// Bytes of its content.
    pub bytes: u64,
    /// Its first characters; empty as long as its content is no text.
    pub summary: String,
    /// Characters of its text; 0 as long as its content is no text.
    pub length: u64,
    /// Groups what was sent in one request.
    pub track_id: String,
    /// When it came.
    pub created_at: Timestamp,
}

/// What a document holds, as it came.
#[derive(Debug)]
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// In a file without a name, to be read from its beginning.
    File(File),
}

impl Content {
    /// Reads it from the beginning.
    ///
    /// # Errors
    ///
    /// As of the file.
    pub fn reader(&mut self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Bytes(bytes) => Ok(Box::new(&bytes[..])),
            Self::File(file) => {
                file.rewind()?;
                Ok(Box::new(file))
            }
        }
    }

    /// Calls `keep` with each part, in order: [`PART_BYTES`] each, but for the last.
    ///
    /// # Errors
    ///
    /// As of the file, or of `keep`.
    pub fn each_part<E: From<io::Error>>(
        &mut self,
        mut keep: impl FnMut(u32, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = self.reader()?;
        let mut part = Vec::with_capacity(PART_BYTES.min(64 * 1024));
        for position in 0.. {
            part.clear();
            (&mut reader).take(PART_BYTES as u64).read_to_end(&mut part)?;
            if part.is_empty() {
                break;
            }
            keep(position, &part)?;
        }
        Ok(())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

/// How adding ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is new, and kept.
    New,
    /// The same source with the same content is there already, of this request; a failed one waits again, as of the new request.
    Same {
        /// The request that it is listed under.
        track_id: String,
    },
    /// The same content is there already from another source.
    Duplicate {
        /// That source.
        source: String,
        /// The request that it is listed under.
        track_id: String,
    },
    /// The same source is there with other content; nothing was changed.
    Different,
}

/// A document to cut and embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// What its content is: a word of `pipeline::format`.
    pub format: String,
    /// Bytes of its content.
    pub bytes: u64,
    /// How often it was taken, this time included.
    pub attempt: u32,
}

/// What is known of a document once all of it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its first characters.
    pub summary: String,
    /// Characters of its text.
    pub length: u64,
}

/// How far a document has come.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum DocumentStatus {
    /// Kept, not yet cut.
    Pending,
    /// Being cut and embedded.
    Processing,
    /// Can be found.
    Processed,
    /// Could not be embedded; the reason stands beside it.
    Failed,
}

impl DocumentStatus {
    /// All of them, in the order in which a document goes through them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Processing, Self::Processed, Self::Failed];

    /// Its word, in stores and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Processed => "processed",
            Self::Failed => "failed",
        }
    }
}

/// A document as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// What its content is: a word of `pipeline::format`.
    pub format: String,
    /// How far it has come.
    pub status: DocumentStatus,
    /// Its first characters.
    pub summary: String,
    /// Its length in characters.
    pub length: u64,
    /// Its chunks.
    pub chunks: u64,
    /// When it came.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// The request that brought it.
    pub track_id: String,
    /// Why it failed.
    pub error: Option<String>,
}

/// Documents by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Kept, not yet cut.
    pub pending: u64,
    /// Being worked on.
    pub processing: u64,
    /// Can be found.
    pub processed: u64,
    /// Failed.
    pub failed: u64,
}
