//! The store in one SQLite file with a write-ahead log: documents, chunks, full text and vectors.
//!
//! One thread of each process writes; reads go over a few connections of their own. Several processes
//! may share the file on a local disk (not on a network file system).

mod changes;
mod error;
mod reader;
mod schema;
mod vectors;
mod writer;

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::FutureExt;
use jiff::Timestamp;
use rusqlite::Connection;

use self::{
    error::Refusal,
    reader::Readers,
    vectors::{Extent, Vectors},
    writer::Writer,
};
use crate::ports::store::{
    Added, Candidates, Chunk, Claimed, Counts, DocumentPage, NewChunk, NewDocument, Page, Reply,
    Search, Store, StoreError,
};

/// The file's name within the data folder.
const FILE: &str = "rag.sqlite";

/// Up to so many chunks a read takes well under a millisecond and is done where it is asked for; a
/// larger store is read by threads that may block. So many vectors load in about 1 ms.
const SMALL: i64 = 4096;

/// A store in one file, for one machine.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    shelf: Arc<Shelf>,
}

/// What searches share.
#[derive(Debug)]
struct Shelf {
    readers: Readers,
    vectors: RwLock<Vectors>,
    /// Whether a thread loads the vectors.
    is_loading: AtomicBool,
    /// Whether there are more than [`SMALL`] chunks.
    is_large: AtomicBool,
}

impl SqliteStore {
    /// Opens the store in `data_dir`, or makes it, for vectors of `model`.
    ///
    /// Takes a few milliseconds whatever its size: vectors are loaded when they are first needed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] for a folder or file that cannot be used or is not ours,
    /// [`StoreError::Full`], [`StoreError::Newer`], and [`StoreError::OtherModel`] when it holds
    /// vectors of a model other than `model`.
    pub fn open(data_dir: &Path, model: &str) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        let connection = schema::open_for_writing(data_dir, &path)?;
        let extent = schema::refuse_other_model(&connection, model)
            .and_then(|()| Ok(Extent::read(&connection)?))
            .map_err(|refusal| refusal.about(&path))?;
        let writer = Writer::start(connection, path.clone())
            .map_err(|error| StoreError::Failed { reason: error.to_string() })?;
        let shelf = Shelf {
            readers: Readers::new(path),
            vectors: RwLock::default(),
            is_loading: AtomicBool::new(false),
            is_large: AtomicBool::new(extent.last > SMALL),
        };
        Ok(Self { writer, shelf: Arc::new(shelf) })
    }

    /// Makes a change durable.
    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Reply<'_, T> {
        self.writer.write(self.shelf.readers.path(), change)
    }

    /// Asks a question: at once of a small store, by a thread that may block of a large one.
    fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Arc<Shelf>, &Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Reply<'_, T> {
        let shelf = Arc::clone(&self.shelf);
        async move {
            if !shelf.is_large.load(Ordering::Relaxed) {
                return shelf.readers.read(|connection| question(&shelf, connection));
            }
            tokio::task::spawn_blocking(move || {
                shelf.readers.read(|connection| question(&shelf, connection))
            })
            .await
            .map_err(|failure| StoreError::Failed { reason: failure.to_string() })?
        }
        .boxed()
    }
}

impl Store for SqliteStore {
    fn add(&self, document: NewDocument) -> Reply<'_, Added> {
        self.write(move |connection| changes::add(connection, &document))
    }

    fn claim(
        &self,
        holder: String,
        now: Timestamp,
        until: Timestamp,
    ) -> Reply<'_, Option<Claimed>> {
        self.write(move |connection| changes::claim(connection, &holder, now, until))
    }

    fn renew(&self, id: String, holder: String, until: Timestamp) -> Reply<'_, bool> {
        self.write(move |connection| changes::renew(connection, &id, &holder, until))
    }

    fn finish(&self, id: String, chunks: Vec<NewChunk>, model: String) -> Reply<'_, ()> {
        self.write(move |connection| changes::finish(connection, &id, &chunks, &model))
    }

    fn fail(&self, id: String, reason: String) -> Reply<'_, ()> {
        self.write(move |connection| changes::fail(connection, &id, &reason))
    }

    fn delete(&self, id: String) -> Reply<'_, bool> {
        self.write(move |connection| changes::delete(connection, &id))
    }

    fn documents(&self, page: Page) -> Reply<'_, DocumentPage> {
        self.read(move |_, connection| Ok(reader::documents(connection, &page)?))
    }

    fn counts(&self) -> Reply<'_, Counts> {
        self.read(|_, connection| Ok(reader::counts(connection)?))
    }

    fn candidates(&self, search: Search) -> Reply<'_, Candidates> {
        self.read(move |shelf, connection| shelf.candidates(connection, &search))
    }

    fn chunks(&self, ids: Vec<i64>) -> Reply<'_, Vec<Chunk>> {
        self.read(move |_, connection| Ok(reader::chunks(connection, &ids)?))
    }
}

impl Shelf {
    fn candidates(
        self: &Arc<Self>,
        connection: &Connection,
        search: &Search,
    ) -> Result<Candidates, Refusal> {
        let mut found = Candidates::default();
        if let Some(text) = &search.text {
            found.matching = reader::matching(connection, text, search.limit)?;
        }
        if let Some(vector) = &search.vector
            && self.has_vectors(connection, search.text.is_some())?
        {
            let vectors = self.vectors.read().unwrap_or_else(PoisonError::into_inner);
            found.near = vectors.nearest(vector, search.limit, search.threshold)?;
        }
        Ok(found)
    }

    /// Brings the vectors up to date with what this and other processes wrote.
    ///
    /// False when there are so many to load that they come later, and words can answer meanwhile.
    fn has_vectors(
        self: &Arc<Self>,
        connection: &Connection,
        can_do_without: bool,
    ) -> Result<bool, Refusal> {
        let now = Extent::read(connection)?;
        self.is_large.store(now.last > SMALL, Ordering::Relaxed);
        let known = self.vectors.read().unwrap_or_else(PoisonError::into_inner).extent;
        if known.covers(now) {
            return Ok(true);
        }
        if can_do_without && known == Extent::default() && now.last > SMALL {
            self.load_behind();
            return Ok(false);
        }
        let mut vectors = self.vectors.write().unwrap_or_else(PoisonError::into_inner);
        if !vectors.extent.covers(now) {
            vectors.catch_up(connection)?;
        }
        Ok(true)
    }

    /// Starts a thread that loads all vectors, unless one is at it.
    fn load_behind(self: &Arc<Self>) {
        if self.is_loading.swap(true, Ordering::AcqRel) {
            return;
        }
        let shelf = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let mut vectors = Vectors::default();
            match shelf.readers.read(|connection| Ok(vectors.catch_up(connection)?)) {
                Ok(()) => *shelf.vectors.write().unwrap_or_else(PoisonError::into_inner) = vectors,
                Err(error) => tracing::warn!(%error, "the vectors could not be loaded"),
            }
            shelf.is_loading.store(false, Ordering::Release);
        });
    }
}
