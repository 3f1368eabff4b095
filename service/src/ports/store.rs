//! Documents, their chunks, and the two ways to find them: by vector and by word.

use std::{
    fs::File,
    io::{self, Read, Seek},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::graph::Mentions;

/// What a store answers.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Bytes of a part of a document's content, but for the last, which may be shorter.
pub const PART_BYTES: usize = 1024 * 1024;

/// Keeps documents and finds chunks. Several processes may use one store.
pub trait Store: Send + Sync + 'static {
    /// Keeps a document durably as `pending` before it returns. Of two that are the same, one is kept, whoever sends them.
    fn add(&self, document: NewDocument, content: Content) -> Reply<'_, Added>;

    /// Takes the oldest document that waits (or whose holder let its claim run out) for `holder`, until `until`.
    fn claim(&self, holder: String, now: Timestamp, until: Timestamp)
    -> Reply<'_, Option<Claimed>>;

    /// A part of a document's content, counted from 0; none past its end, or when the document is gone.
    fn part(&self, id: String, position: u32) -> Reply<'_, Option<Bytes>>;

    /// Moves the end of `holder`'s claim to `until`; false when it holds the document no more.
    fn renew(&self, id: String, holder: String, until: Timestamp) -> Reply<'_, bool>;

    /// Lets a document that `holder` works on wait again, as if it had not been taken.
    fn give_back(&self, id: String, holder: String) -> Reply<'_, ()>;

    /// Stores a portion of a document's chunks, in place of all that were stored from its first position on; with the
    /// last portion the document is `processed`.
    ///
    /// False, and nothing is stored, when `holder` holds the document no more: it was deleted, or taken by another.
    fn put(&self, id: String, holder: String, portion: Portion) -> Reply<'_, bool>;

    /// Sets a document that `holder` works on `failed`, with the reason, and forgets its chunks; false as of `put`.
    fn fail(&self, id: String, holder: String, reason: String) -> Reply<'_, bool>;

    /// Deletes documents and all that came of them; gives the ids of those that there were.
    fn delete(&self, ids: Vec<String>) -> Reply<'_, Vec<String>>;

    /// Deletes all documents; gives how many there were.
    fn clear(&self) -> Reply<'_, u64>;

    /// Lets all documents that failed wait again; gives how many there were.
    fn retry(&self, now: Timestamp) -> Reply<'_, u64>;

    /// Lists documents.
    fn documents(&self, page: Page) -> Reply<'_, DocumentPage>;

    /// Counts documents by status.
    fn counts(&self) -> Reply<'_, Counts>;

    /// The chunks nearest to `vector` (cosine, at least `threshold`) and those that match the words of `text`
    /// (BM25), `limit` of each.
    fn candidates(&self, search: Search) -> Reply<'_, Candidates>;

    /// The chunks with these ids, in that order; those that are gone are left out.
    fn chunks(&self, ids: Vec<i64>) -> Reply<'_, Vec<Chunk>>;
}

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

/// Chunks of a document to keep, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Portion {
    /// The position of the first of them within the document.
    pub from: u32,
    /// The chunks.
    pub chunks: Vec<NewChunk>,
    /// The model of their vectors.
    pub model: String,
    /// What the document turned out to be; none as long as more follow.
    pub end: Option<Measured>,
}

/// What is known of a document once all of it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its first characters.
    pub summary: String,
    /// Characters of its text.
    pub length: u64,
}

/// A chunk to keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewChunk {
    /// Its words.
    pub text: String,
    /// What it means, of unit length.
    pub vector: Vec<f32>,
    /// What it says of which things; empty without a graph.
    pub mentions: Mentions,
}

/// A chunk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its id in the store.
    pub id: i64,
    /// Its document.
    pub document: String,
    /// Its position within the document, from 0.
    pub position: u32,
    /// Its document's source.
    pub source: String,
    /// Its words.
    pub text: String,
}

impl Chunk {
    /// What clients know it by, such as `doc-1f…-chunk-007`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-chunk-{:03}", self.document, self.position)
    }
}

/// What to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The question's vector; none finds by words alone.
    pub vector: Option<Vec<f32>>,
    /// The question's words; none finds by vector alone.
    pub text: Option<String>,
    /// The most to return of each kind.
    pub limit: usize,
    /// The least cosine.
    pub threshold: f32,
}

/// A chunk and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The chunk.
    pub chunk: i64,
    /// Cosine, or BM25 (higher is better here); not comparable with each other.
    pub score: f32,
}

/// Both kinds of hits, each best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    /// By vector.
    pub near: Vec<Hit>,
    /// By words.
    pub matching: Vec<Hit>,
}

/// A part of the list of documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Counted from 1.
    pub page: u32,
    /// Documents a page.
    pub size: u32,
    /// Only those of one request.
    pub track_id: Option<String>,
    /// Only those of these statuses; all when there is none.
    pub statuses: Vec<DocumentStatus>,
    /// What they are ordered by.
    pub sort: Sort,
}

/// What a list is ordered by; equals by arrival, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the greatest comes last.
    pub ascending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { by: SortBy::Created, ascending: false }
    }
}

/// What of a document a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// When it came.
    Created,
    /// When its status last changed.
    Updated,
    /// Its id.
    Id,
    /// Its source.
    Source,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// How many there are on all pages.
    pub total: u64,
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

/// Why a store refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder, or the database, cannot be used.
    #[error("the store {place} cannot be used: {reason}")]
    Unusable {
        /// The file, or the server and its database; never a password.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// No space is left.
    #[error("no space is left for the store {place}")]
    Full {
        /// As of `Unusable`.
        place: String,
    },
    /// It may only be read: its disk, or the server while it is a replica.
    #[error("the store {place} is read-only")]
    ReadOnly {
        /// As of `Unusable`.
        place: String,
    },
    /// Its server does not answer, or not in time. It may later.
    #[error("the store {place} cannot be reached: {reason}")]
    Unreachable {
        /// As of `Unusable`.
        place: String,
        /// What the transport said.
        reason: String,
    },
    /// A newer program wrote it.
    #[error("the store {place} has schema {found}, and this program knows {known} at most")]
    Newer {
        /// As of `Unusable`.
        place: String,
        /// What it says.
        found: u32,
        /// What we know.
        known: u32,
    },
    /// It holds vectors of another model.
    #[error("the store holds vectors of `{stored}`, and `{wanted}` is set")]
    OtherModel {
        /// In the store.
        stored: String,
        /// In the settings.
        wanted: String,
    },
    /// The engine failed otherwise.
    #[error("the store failed: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}

impl StoreError {
    /// What keeps a store that is well from being written, in words for clients; `None` for all that is a fault.
    #[must_use]
    pub const fn obstacle(&self) -> Option<&'static str> {
        match self {
            Self::Full { .. } => Some("no space is left on the disk of the documents"),
            Self::ReadOnly { .. } => Some("the store of the documents is read-only"),
            Self::Unreachable { .. } => Some("the store of the documents cannot be reached"),
            Self::Unusable { .. }
            | Self::Newer { .. }
            | Self::OtherModel { .. }
            | Self::Failed { .. } => None,
        }
    }
}
