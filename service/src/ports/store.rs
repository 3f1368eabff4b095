//! Documents, their chunks, and the two ways to find them: by vector and by word.

mod chunk;
mod document;
mod error;
mod list;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use self::{
    chunk::{Candidates, Chunk, Hit, NewChunk, Portion, Search},
    document::{
        Added, Claimed, Content, Counts, Document, DocumentStatus, Measured, NewDocument,
        PART_BYTES,
    },
    error::StoreError,
    list::{DocumentPage, Page, Sort, SortBy},
};

/// What a store answers.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

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

    /// Gives up connections that nobody uses now. A store in a file has none.
    fn forget_connections(&self) {}
}
