//! What searches share: connections, vectors, lengths, lists of words.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::Connection;

use super::{
    best::Scored,
    error::Refusal,
    kind::{CHUNKS, ENTITIES, Extent, Kind, RELATIONS},
    lengths::Lengths,
    reader::Readers,
    vectors::Vectors,
    words::Words,
};
use crate::ports::store::{Candidates, Hit, Search};

/// Up to so many chunks a read takes well under a millisecond and is done where it is asked for; a
/// larger store is read by threads that may block. So many vectors load in about 1 ms.
pub(super) const SMALL: i64 = 4096;

/// What searches share.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) readers: Readers,
    /// Whether there are more than [`SMALL`] chunks.
    pub(super) is_large: AtomicBool,
    lengths: RwLock<Lengths>,
    words: Words,
    chunks: Collection,
    entities: Collection,
    relations: Collection,
}

/// The vectors of a kind. Nothing is loaded before something is looked for among them.
#[derive(Debug)]
struct Collection {
    kind: &'static Kind,
    vectors: RwLock<Vectors>,
    /// Whether a thread loads them.
    is_loading: AtomicBool,
}

/// What of the graph has vectors.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mentioned {
    Entities,
    Relations,
}

impl Collection {
    fn new(kind: &'static Kind) -> Self {
        let vectors = RwLock::new(Vectors::new(kind));
        Self { kind, vectors, is_loading: AtomicBool::new(false) }
    }

    /// How far the vectors are known.
    fn extent(&self) -> Extent {
        self.vectors.read().unwrap_or_else(PoisonError::into_inner).extent
    }

    /// Brings the vectors up to date with what this and other processes wrote.
    fn catch_up(&self, connection: &Connection, now: Extent) -> rusqlite::Result<()> {
        if !self.extent().covers(now) {
            let mut vectors = self.vectors.write().unwrap_or_else(PoisonError::into_inner);
            if !vectors.extent.covers(now) {
                vectors.catch_up(connection)?;
            }
        }
        Ok(())
    }

    fn nearest(
        &self,
        connection: &Connection,
        wanted: &[f32],
        limit: usize,
        threshold: f32,
    ) -> Result<Vec<Scored>, Refusal> {
        let vectors = self.vectors.read().unwrap_or_else(PoisonError::into_inner);
        vectors.nearest(connection, wanted, limit, threshold)
    }
}

impl Shelf {
    /// An empty shelf over a store that has come as far as `extent`.
    pub(super) fn new(readers: Readers, extent: Extent) -> Self {
        Self {
            readers,
            is_large: AtomicBool::new(extent.last > SMALL),
            lengths: RwLock::default(),
            words: Words::default(),
            chunks: Collection::new(&CHUNKS),
            entities: Collection::new(&ENTITIES),
            relations: Collection::new(&RELATIONS),
        }
    }

    /// The chunks that fit a search.
    pub(super) fn candidates(
        self: &Arc<Self>,
        connection: &Connection,
        search: &Search,
    ) -> Result<Candidates, Refusal> {
        let now = Extent::read(connection, &CHUNKS)?;
        self.is_large.store(now.last > SMALL, Ordering::Relaxed);
        let mut found = Candidates::default();
        if let Some(text) = &search.text {
            found.matching = self.matching(connection, now, text, search.limit)?;
        }
        if let Some(vector) = &search.vector {
            // Words answer while so many vectors load.
            if search.text.is_some()
                && now.last > SMALL
                && self.chunks.extent() == Extent::default()
            {
                self.load_behind();
                return Ok(found);
            }
            self.chunks.catch_up(connection, now)?;
            let near = self.chunks.nearest(connection, vector, search.limit, search.threshold)?;
            let hit = |near: Scored| Hit { chunk: near.id, score: near.score };
            found.near = near.into_iter().map(hit).collect();
        }
        Ok(found)
    }

    fn matching(
        &self,
        connection: &Connection,
        now: Extent,
        text: &str,
        limit: usize,
    ) -> rusqlite::Result<Vec<Hit>> {
        let is_known =
            self.lengths.read().unwrap_or_else(PoisonError::into_inner).extent.covers(now);
        if !is_known {
            let mut lengths = self.lengths.write().unwrap_or_else(PoisonError::into_inner);
            // Another search may have seen more meanwhile.
            if !lengths.extent.covers(now) {
                lengths.catch_up(connection)?;
            }
        }
        let lengths = self.lengths.read().unwrap_or_else(PoisonError::into_inner);
        self.words.matching(connection, now, &lengths, text, limit)
    }

    /// The mentions nearest to a vector, best first.
    pub(super) fn nearest_mentions(
        &self,
        connection: &Connection,
        of: Mentioned,
        wanted: &[f32],
        limit: usize,
        threshold: f32,
    ) -> Result<Vec<Scored>, Refusal> {
        let collection = match of {
            Mentioned::Entities => &self.entities,
            Mentioned::Relations => &self.relations,
        };
        collection.catch_up(connection, Extent::read(connection, collection.kind)?)?;
        collection.nearest(connection, wanted, limit, threshold)
    }

    /// Starts a thread that loads all vectors of chunks, unless one is at it.
    fn load_behind(self: &Arc<Self>) {
        if self.chunks.is_loading.swap(true, Ordering::AcqRel) {
            return;
        }
        let shelf = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let chunks = &shelf.chunks;
            let mut vectors = Vectors::new(chunks.kind);
            match shelf.readers.read(|connection| Ok(vectors.catch_up(connection)?)) {
                Ok(()) => {
                    *chunks.vectors.write().unwrap_or_else(PoisonError::into_inner) = vectors;
                }
                Err(error) => tracing::warn!(%error, "the vectors could not be loaded"),
            }
            chunks.is_loading.store(false, Ordering::Release);
        });
    }
}
