//! The store in one SQLite file.

use std::path::Path;

use futures_util::future::{self, FutureExt};
use jiff::Timestamp;

use crate::ports::store::{
    Added, Candidates, Chunk, Claimed, Counts, DocumentPage, NewChunk, NewDocument, Page, Reply,
    Search, Store, StoreError,
};

/// A store in one file, for one machine.
#[derive(Debug)]
pub struct SqliteStore;

fn missing<'a, T: Send + 'a>() -> Reply<'a, T> {
    future::ready(Err(StoreError::Failed { reason: "being built".into() })).boxed()
}

impl SqliteStore {
    /// Opens the store in `data_dir`, or makes it, for vectors of `model`.
    ///
    /// # Errors
    ///
    /// Every [`StoreError`].
    pub fn open(_data_dir: &Path, _model: &str) -> Result<Self, StoreError> {
        Ok(Self)
    }
}

impl Store for SqliteStore {
    fn add(&self, _: NewDocument) -> Reply<'_, Added> {
        missing()
    }

    fn claim(&self, _: String, _: Timestamp, _: Timestamp) -> Reply<'_, Option<Claimed>> {
        missing()
    }

    fn renew(&self, _: String, _: String, _: Timestamp) -> Reply<'_, bool> {
        missing()
    }

    fn finish(&self, _: String, _: Vec<NewChunk>, _: String) -> Reply<'_, ()> {
        missing()
    }

    fn fail(&self, _: String, _: String) -> Reply<'_, ()> {
        missing()
    }

    fn delete(&self, _: String) -> Reply<'_, bool> {
        missing()
    }

    fn documents(&self, _: Page) -> Reply<'_, DocumentPage> {
        missing()
    }

    fn counts(&self) -> Reply<'_, Counts> {
        missing()
    }

    fn candidates(&self, _: Search) -> Reply<'_, Candidates> {
        missing()
    }

    fn chunks(&self, _: Vec<i64>) -> Reply<'_, Vec<Chunk>> {
        missing()
    }
}
