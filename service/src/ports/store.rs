//! Documents, their chunks, and the two ways to find them: by vector and by word.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

/// What a store answers.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Keeps documents and finds chunks. Several processes may use one store.
pub trait Store: Send + Sync + 'static {
    /// Keeps a document durably as `pending` before it returns.
    fn add(&self, document: NewDocument) -> Reply<'_, Added>;

    /// Takes the oldest document that waits (or whose holder let its claim run out) for `holder`, until `until`.
    fn claim(&self, holder: String, now: Timestamp, until: Timestamp)
    -> Reply<'_, Option<Claimed>>;

    /// Moves the end of `holder`'s claim to `until`; false when it holds the document no more. A moment that has
    /// passed gives the document back.
    fn renew(&self, id: String, holder: String, until: Timestamp) -> Reply<'_, bool>;

    /// Replaces the document's chunks, sets it `processed`; does nothing when it was deleted meanwhile, nor to a
    /// document that waits, which was deleted and added anew.
    fn finish(&self, id: String, chunks: Vec<NewChunk>, model: String) -> Reply<'_, ()>;

    /// Sets the document `failed`, with the reason; leaves one that waits alone, as `finish` does.
    fn fail(&self, id: String, reason: String) -> Reply<'_, ()>;

    /// Deletes a document and all of its chunks; false when there is none.
    fn delete(&self, id: String) -> Reply<'_, bool>;

    /// Lists documents, newest first.
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
    /// `doc-` and the hash of its source's name.
    pub id: String,
    /// Where it comes from, as the user named it.
    pub source: String,
    /// Its text.
    pub text: String,
    /// Groups what was sent in one request.
    pub track_id: String,
    /// When it came.
    pub created_at: Timestamp,
}

/// How adding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is new, and kept.
    New,
    /// The same source with the same text is there already; a failed one waits again.
    Same,
    /// The same source is there with other text; nothing was changed.
    Different,
}

/// A document to cut and embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// Its text.
    pub text: String,
}

/// A chunk to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChunk {
    /// Its words.
    pub text: String,
    /// What it means, of unit length.
    pub vector: Vec<f32>,
}

/// A chunk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its id in the store.
    pub id: i64,
    /// Its document.
    pub document: String,
    /// Its document's source.
    pub source: String,
    /// Its words.
    pub text: String,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// A document as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
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
    /// The file or its folder cannot be used.
    #[error("the store {} cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// No space is left.
    #[error("no space is left for the store {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// It lies on a disk that may only be read.
    #[error("the store {} is on a disk that is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error("the store {} has schema {found}, and this program knows {known} at most", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
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
            Self::ReadOnly { .. } => Some("the disk of the documents is read-only"),
            Self::Unusable { .. }
            | Self::Newer { .. }
            | Self::OtherModel { .. }
            | Self::Failed { .. } => None,
        }
    }
}
