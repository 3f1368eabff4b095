//! The store in one SQLite file with a write-ahead log: documents, chunks, full text, vectors, and what
//! chunks mention.
//!
//! One thread of each process writes; reads go over a few connections of their own. Several processes
//! may share the file on a local disk (not on a network file system).

mod best;
mod changes;
mod chunks;
mod error;
mod graph;
mod kind;
mod lengths;
mod lists;
mod mentions;
mod packed;
mod reader;
mod relations;
mod scan;
mod schema;
mod shelf;
mod things;
mod vectors;
mod words;
mod writer;

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use futures_util::future::FutureExt;
use jiff::Timestamp;
use rusqlite::Connection;

use self::{
    error::Refusal,
    kind::{CHUNKS, Extent},
    reader::Readers,
    shelf::Shelf,
    writer::Writer,
};
use crate::ports::store::{
    Added, Candidates, Chunk, Claimed, Content, Counts, DocumentPage, NewDocument, Page, Portion,
    Reply, Search, Store, StoreError,
};

/// The file's name within the data folder.
const FILE: &str = "rag.sqlite";

/// Documents that one transaction deletes: between two, others may write.
const DELETED_AT_ONCE: usize = 8;

/// A store in one file, for one machine.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    shelf: Arc<Shelf>,
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
            .and_then(|()| Ok(Extent::read(&connection, &CHUNKS)?))
            .map_err(|refusal| refusal.about(&path))?;
        let writer = Writer::start(connection, path.clone())
            .map_err(|error| StoreError::Failed { reason: error.to_string() })?;
        let shelf = Shelf::new(Readers::new(path), extent);
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
            if shelf.is_large.load(Ordering::Relaxed) {
                return apart(shelf, question).await;
            }
            shelf.readers.read(|connection| question(&shelf, connection))
        }
        .boxed()
    }

    /// Asks a question of the graph: always by a thread that may block, since it may have much to load, or to gather.
    fn read_apart<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Arc<Shelf>, &Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Reply<'_, T> {
        apart(Arc::clone(&self.shelf), question).boxed()
    }
}

impl Store for SqliteStore {
    fn add(&self, document: NewDocument, mut content: Content) -> Reply<'_, Added> {
        self.write(move |connection| changes::add(connection, &document, &mut content))
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

    fn part(&self, id: String, position: u32) -> Reply<'_, Option<Bytes>> {
        self.read(move |_, connection| Ok(reader::part(connection, &id, position)?))
    }

    fn give_back(&self, id: String, holder: String) -> Reply<'_, ()> {
        self.write(move |connection| changes::give_back(connection, &id, &holder))
    }

    fn put(&self, id: String, holder: String, portion: Portion) -> Reply<'_, bool> {
        self.write(move |connection| changes::put(connection, &id, &holder, &portion))
    }

    fn fail(&self, id: String, holder: String, reason: String) -> Reply<'_, bool> {
        self.write(move |connection| changes::fail(connection, &id, &holder, &reason))
    }

    fn delete(&self, ids: Vec<String>) -> Reply<'_, Vec<String>> {
        async move {
            let mut deleted = Vec::new();
            for some in ids.chunks(DELETED_AT_ONCE) {
                let some = some.to_vec();
                deleted.extend(self.write(|connection| changes::delete(connection, some)).await?);
            }
            Ok(deleted)
        }
        .boxed()
    }

    fn clear(&self) -> Reply<'_, u64> {
        self.write(changes::clear)
    }

    fn retry(&self, now: Timestamp) -> Reply<'_, u64> {
        self.write(move |connection| changes::retry(connection, now))
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

/// Asks a question by a thread that may block.
async fn apart<T: Send + 'static>(
    shelf: Arc<Shelf>,
    question: impl FnOnce(&Arc<Shelf>, &Connection) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(move || {
        shelf.readers.read(|connection| question(&shelf, connection))
    })
    .await
    .map_err(|failure| StoreError::Failed { reason: failure.to_string() })?
}

#[cfg(test)]
mod tests {
    use super::{shelf::SMALL, *};
    use crate::ports::store::{Measured, NewChunk};

    fn document(source: &str, length: usize) -> (NewDocument, Content) {
        let text = "x".repeat(length);
        let now = Timestamp::UNIX_EPOCH;
        let (document, content) =
            crate::pipeline::document::document(Some(source), text, "track", now).unwrap();
        (NewDocument { id: source.into(), hash: source.into(), ..document }, content)
    }

    async fn add(store: &SqliteStore, source: &str, length: usize) -> Result<Added, StoreError> {
        let (document, content) = document(source, length);
        store.add(document, content).await
    }

    #[tokio::test]
    async fn a_full_store_says_so_and_goes_on_when_there_is_space_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), "model").unwrap();
        add(&store, "first", 10).await.unwrap();
        let grow_to = |pages: i64| {
            store.write(move |connection| {
                Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
            })
        };
        grow_to(1).await.unwrap();
        let refused = add(&store, "large", 1 << 20).await;
        assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
        assert_eq!(store.counts().await.unwrap().pending, 1);
        grow_to(1 << 20).await.unwrap();
        assert_eq!(add(&store, "large", 1 << 20).await.unwrap(), Added::New);
    }

    #[tokio::test]
    async fn a_refused_change_does_not_undo_those_of_its_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), "model").unwrap();
        // The first holds the writer until all wait, so that one transaction takes them together.
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = store.write(move |_| Ok(wait.recv().is_ok()));
        let broken = store.write(|connection| Ok(connection.execute_batch("no SQL at all")?));
        let all = futures_util::future::join4(
            first,
            add(&store, "before", 1),
            broken,
            add(&store, "after", 1),
        );
        let (all, ()) = tokio::join!(all, async {
            tokio::task::yield_now().await;
            go.send(()).unwrap();
        });
        assert!(all.0.unwrap());
        assert_eq!((all.1.unwrap(), all.3.unwrap()), (Added::New, Added::New));
        assert!(matches!(all.2, Err(StoreError::Failed { .. })));
        assert_eq!(store.counts().await.unwrap().pending, 2);
    }

    #[tokio::test]
    async fn a_large_store_answers_by_words_while_its_vectors_load() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), "model").unwrap();
        // So close to each other that bytes cannot tell them apart, and the nearest to what is asked for last.
        let vector = |angle: f32| vec![angle.cos(), angle.sin()];
        let angle = |number: i64| f32::from(i16::try_from(SMALL - number).unwrap()) * 0.0005;
        let new = |number| NewChunk {
            text: format!("number {number}"),
            vector: vector(angle(number)),
            ..NewChunk::default()
        };
        let chunks = (0..=SMALL).map(new).collect();
        add(&store, "a", 1).await.unwrap();
        let (now, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        store.claim("holder".into(), now, until).await.unwrap();
        let end = Some(Measured { summary: "x".into(), length: 1 });
        let portion = Portion { from: 0, chunks, model: "model".into(), end };
        assert!(store.put("a".into(), "holder".into(), portion).await.unwrap());
        drop(store);

        let search = |text: Option<&str>| Search {
            vector: Some(vector(-0.8)),
            text: text.map(Into::into),
            limit: 5,
            threshold: 0.5,
        };
        let store = SqliteStore::open(folder.path(), "model").unwrap();
        let found = store.candidates(search(Some("77"))).await.unwrap();
        assert_eq!((found.near.len(), found.matching.len()), (0, 1));
        let loaded =
            async { while store.candidates(search(Some("77"))).await.unwrap().near.len() < 5 {} };
        tokio::time::timeout(std::time::Duration::from_secs(60), loaded).await.unwrap();

        // Where words cannot help, the search waits.
        let store = SqliteStore::open(folder.path(), "model").unwrap();
        let near = store.candidates(search(None)).await.unwrap().near;
        let found = store.chunks(near.iter().map(|hit| hit.chunk).collect()).await.unwrap();
        let texts: Vec<_> = found.iter().map(|chunk| chunk.text.clone()).collect();
        let expected: Vec<_> = (0..5).map(|place| format!("number {}", SMALL - place)).collect();
        assert_eq!(texts, expected);
    }
}
