//! The store on a Postgres server with pgvector: documents, chunks, full text, vectors and mentions, for as many
//! services as share it.
//!
//! Whatever is asked is one transaction, and is asked again within a bound when the way to the server breaks.

mod changes;
mod error;
mod gather;
mod graph;
mod lexemes;
mod portion;
mod reader;
mod schema;
mod server;
mod space;
mod sql;
mod tls;
mod words;

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::{FutureExt, ready};
use jiff::Timestamp;
use tokio::time::sleep;

use self::{
    changes::{Adding, Claim, Deleting},
    error::Refusal,
    graph::Nearest,
    portion::Putting,
    server::{Connection, Server},
    words::Words,
};
use crate::{
    config::DatabaseSettings,
    ports::{
        Graph,
        graph::{Entity, Names, Near, Relation},
        store::{
            Added, Candidates, Chunk, Claimed, Content, Counts, DocumentPage, NewDocument,
            PART_BYTES, Page, Portion, Reply, Search, Store, StoreError,
        },
    },
};

/// How often a server that is not there yet is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A store on a server, for many machines.
#[derive(Debug)]
pub struct PostgresStore {
    server: Server,
    words: Arc<Words>,
}

impl PostgresStore {
    /// Opens the store, or makes it, for vectors of `model`. Waits for a server that is not there yet, as long as the
    /// settings say.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreachable`] when no server came; [`StoreError::Unusable`] for a server, a database or a schema
    /// that cannot be used, or without pgvector; [`StoreError::Newer`]; and [`StoreError::OtherModel`] when it holds
    /// vectors of a model other than `model`.
    pub async fn open(settings: &DatabaseSettings, model: &str) -> Result<Self, StoreError> {
        let place = settings.place();
        let server = Server::new(settings).map_err(|refusal| refusal.about(&place))?;
        let began = Instant::now();
        while let Err(refusal) = server.try_once(10, &settings.schema, schema::prepare).await {
            if !refusal.is_transient() || began.elapsed() + LOOK_EVERY > settings.startup_timeout {
                return Err(refusal.about(&place));
            }
            tracing::warn!(place, error = %refusal.about(&place), "waiting for the store");
            sleep(LOOK_EVERY).await;
        }
        server.ask(model.to_owned(), space::refuse_other_model).await?;
        tracing::info!(place, schema = settings.schema, "the store is open");
        Ok(Self { server, words: Arc::default() })
    }

    /// The server and its database, for messages; never a password.
    #[must_use]
    pub fn place(&self) -> &str {
        self.server.place()
    }
}

impl Store for PostgresStore {
    fn forget_connections(&self) {
        self.server.forget_connections();
    }

    fn add(&self, document: NewDocument, content: Content) -> Reply<'_, Added> {
        let parts = document.bytes / PART_BYTES as u64;
        let statements = u32::try_from(parts).unwrap_or(u32::MAX).saturating_add(4);
        let adding = Adding { document, content: Arc::new(Mutex::new(content)) };
        self.server.ask_long(statements, adding, changes::add).boxed()
    }

    fn claim(
        &self,
        holder: String,
        now: Timestamp,
        until: Timestamp,
    ) -> Reply<'_, Option<Claimed>> {
        self.server.ask(Claim { holder, now, until }, changes::claim).boxed()
    }

    fn part(&self, id: String, position: u32) -> Reply<'_, Option<Bytes>> {
        self.server.ask((id, position), reader::part).boxed()
    }

    fn renew(&self, id: String, holder: String, until: Timestamp) -> Reply<'_, bool> {
        self.server.ask((id, holder, until), changes::renew).boxed()
    }

    fn give_back(&self, id: String, holder: String) -> Reply<'_, ()> {
        self.server.ask((id, holder), changes::give_back).boxed()
    }

    fn put(&self, id: String, holder: String, portion: Portion) -> Reply<'_, bool> {
        let batches = portion.chunks.len() / portion::TOGETHER;
        let statements = u32::try_from(batches).unwrap_or(u32::MAX).saturating_add(4);
        let was_finished = AtomicBool::new(false);
        let putting = Putting { id, holder, portion: Arc::new(portion), was_finished };
        self.server.ask_long(statements, putting, portion::put).boxed()
    }

    fn fail(&self, id: String, holder: String, reason: String) -> Reply<'_, bool> {
        self.server.ask((id, holder, reason), changes::fail).boxed()
    }

    fn delete(&self, ids: Vec<String>) -> Reply<'_, Vec<String>> {
        self.server.ask(Deleting { ids, found: Mutex::default() }, changes::delete).boxed()
    }

    fn clear(&self) -> Reply<'_, u64> {
        self.server.ask(Mutex::default(), changes::clear).boxed()
    }

    fn retry(&self, now: Timestamp) -> Reply<'_, u64> {
        self.server.ask(now, changes::retry).boxed()
    }

    fn documents(&self, page: Page) -> Reply<'_, DocumentPage> {
        self.server.ask(page, reader::documents).boxed()
    }

    fn counts(&self) -> Reply<'_, Counts> {
        self.server.ask((), reader::counts).boxed()
    }

    fn candidates(&self, search: Search) -> Reply<'_, Candidates> {
        self.server.ask((search, Arc::clone(&self.words)), candidates).boxed()
    }

    fn chunks(&self, ids: Vec<i64>) -> Reply<'_, Vec<Chunk>> {
        if ids.is_empty() {
            return ready(Ok(Vec::new())).boxed();
        }
        self.server.ask(ids, reader::chunks).boxed()
    }
}

/// Looks for chunks by words and by vector. Both questions are under way at once, over one connection.
fn candidates<'a>(
    connection: &'a mut Connection,
    (search, words): &'a (Search, Arc<Words>),
) -> futures_util::future::BoxFuture<'a, Result<Candidates, Refusal>> {
    async move {
        if search.limit == 0 {
            return Ok(Candidates::default());
        }
        let client = &*connection;
        let matching = async {
            match &search.text {
                Some(text) => words.matching(client, text, search.limit).await,
                None => Ok(Vec::new()),
            }
        };
        let near = async {
            match &search.vector {
                Some(vector) => {
                    reader::nearest(client, vector, search.limit, search.threshold).await
                }
                None => Ok(Vec::new()),
            }
        };
        let (matching, near) = futures_util::future::try_join(matching, near).await?;
        Ok(Candidates { near, matching })
    }
    .boxed()
}

impl Graph for PostgresStore {
    fn nearest_entities(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<String>>> {
        self.server.ask(Nearest { vector, limit, threshold }, graph::nearest_entities).boxed()
    }

    fn nearest_relations(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<(String, String)>>> {
        self.server.ask(Nearest { vector, limit, threshold }, graph::nearest_relations).boxed()
    }

    fn entities(&self, keys: Vec<String>) -> Reply<'_, Vec<Entity>> {
        self.server.ask(keys, |connection, keys| graph::things(connection, keys)).boxed()
    }

    fn relations(&self, pairs: Vec<(String, String)>) -> Reply<'_, Vec<Relation>> {
        self.server.ask(pairs, |connection, pairs| graph::between(connection, pairs)).boxed()
    }

    fn relations_of(&self, keys: Vec<String>, limit: usize) -> Reply<'_, Vec<Relation>> {
        self.server.ask((keys, limit), graph::of_things).boxed()
    }

    fn names(&self, order: Names, limit: usize) -> Reply<'_, Vec<String>> {
        self.server.ask((order, limit), graph::names).boxed()
    }
}
