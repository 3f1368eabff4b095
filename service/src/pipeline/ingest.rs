//! Takes documents that wait, one after the other: cut, embed, store.
//!
//! Several processes may share a store. Each holds a document by a claim that runs out unless it is renewed, so
//! what a process held when it was killed is taken up by the next.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    StreamExt, TryStreamExt,
    future::{join_all, try_join_all},
    stream,
};
use jiff::Timestamp;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::chunk::{ChunkSize, cut};
use crate::{
    logs::ms,
    metrics::{self, Stage, StoreCall},
    pool::{CallError, EmbeddingPool, Priority, jittered},
    ports::{
        Store, StoreError,
        store::{Claimed, NewChunk},
    },
    traces,
};

/// How long a claim holds. As short as a restart may have to wait for a document that was being worked on.
const CLAIM: Duration = Duration::from_secs(15);

/// How often a claim is renewed: a renewal may be missed once or twice.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// How often the store is asked when nobody says that there is something new; another process may have added it.
const POLL_EVERY: Duration = Duration::from_secs(5);

/// Documents that one process works on at once, so that a long one does not hold up the short ones.
const AT_ONCE: usize = 2;

/// Calls for one batch before its document counts as failed: about seven minutes of pauses.
const CALLS: u32 = 12;

/// The pause after a first failure; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Between two tries to store a document while the disk is full or read-only.
const STORE_EVERY: Duration = Duration::from_secs(2);

/// What is done with a document that is embedded while the store cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hindered {
    /// It is kept at hand until it can be stored: to embed it again could cost money each time.
    Wait,
    /// Whoever asked is told.
    Tell,
}

/// Works on documents that wait.
pub struct Ingest {
    store: Arc<dyn Store>,
    embedding: Arc<EmbeddingPool>,
    size: ChunkSize,
    holder: String,
    added: Notify,
    obstacle: Mutex<Option<&'static str>>,
}

impl Ingest {
    /// Takes documents from `store` and cuts them to `size`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, embedding: Arc<EmbeddingPool>, size: ChunkSize) -> Self {
        // The number makes it unlike other hosts' processes; containers all have process 1.
        let holder = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        let (added, obstacle) = (Notify::new(), Mutex::default());
        Self { store, embedding, size, holder, added, obstacle }
    }

    /// Says that a document was added.
    pub fn wake(&self) {
        self.added.notify_one();
    }

    /// Why documents that are kept cannot be stored now; they are as soon as they can.
    #[must_use]
    pub fn obstacle(&self) -> Option<&'static str> {
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how the store took something. A fault says nothing of the disk.
    fn note<T>(&self, taken: &Result<T, StoreError>) {
        let obstacle = taken.as_ref().err().and_then(StoreError::obstacle);
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner) = obstacle;
    }

    /// Works until `stopping`. What is not finished then is given back.
    pub async fn run(&self, stopping: &CancellationToken) {
        join_all((0..AT_ONCE).map(|_| self.run_one(stopping))).await;
    }

    async fn run_one(&self, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            match self.next(stopping, Hindered::Wait).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the store keeps documents from being taken"),
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = timeout(POLL_EVERY, self.added.notified()) => {}
            }
        }
    }

    /// Works until nothing waits any more.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn drain(&self) -> Result<(), StoreError> {
        let never = CancellationToken::new();
        let until_none = || async {
            while self.next(&never, Hindered::Tell).await? {}
            Ok(())
        };
        try_join_all((0..AT_ONCE).map(|_| until_none())).await.map(drop)
    }

    /// Takes one document; false when none waits.
    async fn next(
        &self,
        stopping: &CancellationToken,
        hindered: Hindered,
    ) -> Result<bool, StoreError> {
        let now = Timestamp::now();
        let claimed = self.store.claim(self.holder.clone(), now, now + CLAIM).await;
        // One that was claimed may still be too large for what is left: its end will tell.
        if !matches!(claimed, Ok(Some(_))) {
            self.note(&claimed);
        }
        let Some(document) = claimed? else { return Ok(false) };
        let id = document.id.clone();
        tokio::select! {
            result = self.carry_out(document, hindered).instrument(traces::ingest()) => result?,
            () = self.keep(&id) => tracing::info!(document = id, "the document is no longer ours"),
            () = stopping.cancelled() => {
                self.store.renew(id, self.holder.clone(), Timestamp::now()).await?;
            }
        }
        Ok(true)
    }

    /// Renews a claim for as long as it is ours.
    async fn keep(&self, id: &str) {
        loop {
            sleep(RENEW_EVERY).await;
            let until = Timestamp::now() + CLAIM;
            match self.store.renew(id.to_owned(), self.holder.clone(), until).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(document = id, %error, "a claim was not renewed"),
            }
        }
    }

    async fn carry_out(
        &self,
        Claimed { id, source, text }: Claimed,
        hindered: Hindered,
    ) -> Result<(), StoreError> {
        let began = std::time::Instant::now();
        let size = self.size;
        let cutting = tokio::task::spawn_blocking(move || cut(&text, size));
        let texts = metrics::stage(Stage::Cut, cutting).await;
        let texts = match texts {
            Ok(texts) if !texts.is_empty() => texts,
            Ok(_) => return self.store.fail(id, "there is no text in it".to_owned()).await,
            Err(_) => return self.store.fail(id, "cutting it failed".to_owned()).await,
        };
        match metrics::stage(Stage::Embed, self.embed(&texts)).await {
            Ok(vectors) => {
                let chunks: Vec<NewChunk> = texts
                    .into_iter()
                    .zip(vectors)
                    .map(|(text, vector)| NewChunk { text, vector })
                    .collect();
                let count = chunks.len();
                let storing = self.finish(&id, chunks, hindered);
                match metrics::stage(Stage::Store, storing).await {
                    // Trying again cannot help: the settings have to change, or the store.
                    Err(error @ StoreError::OtherModel { .. }) => {
                        return self.store.fail(id, error.to_string()).await;
                    }
                    finished => finished?,
                }
                let duration_ms = ms(began.elapsed());
                metrics::document_processed(count);
                tracing::Span::current().record("rag.chunks", count);
                tracing::info!(document = id, source, chunks = count, duration_ms, "processed");
                Ok(())
            }
            Err(error) => {
                tracing::error!(document = id, source, %error, "a document failed");
                metrics::document_failed();
                self.store.fail(id, error.to_string()).await
            }
        }
    }

    /// Stores what was embedded, as soon as the disk lets it.
    async fn finish(
        &self,
        id: &str,
        chunks: Vec<NewChunk>,
        hindered: Hindered,
    ) -> Result<(), StoreError> {
        loop {
            let model = self.embedding.model().to_owned();
            let storing = self.store.finish(id.to_owned(), chunks.clone(), model);
            let finished = metrics::store(StoreCall::Finish, storing).await;
            self.note(&finished);
            match finished {
                Err(error) if error.obstacle().is_some() && hindered == Hindered::Wait => {
                    tracing::warn!(document = id, %error, "a document waits for the disk");
                }
                finished => return finished,
            }
            sleep(STORE_EVERY).await;
        }
    }

    /// Embeds in batches, and leaves half of the workers to queries.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, CallError> {
        let at_once = (self.embedding.limits().workers / 2).max(1);
        let batches: Vec<Vec<String>> =
            texts.chunks(self.embedding.batch()).map(<[String]>::to_vec).collect();
        let vectors: Vec<Vec<Vec<f32>>> = stream::iter(batches)
            .map(|batch| self.embed_batch(batch))
            .buffered(at_once)
            .try_collect()
            .await?;
        Ok(vectors.into_iter().flatten().collect())
    }

    /// Embeds one batch, with more patience than a query has.
    async fn embed_batch(&self, batch: Vec<String>) -> Result<Vec<Vec<f32>>, CallError> {
        let mut pause = FIRST_PAUSE;
        let mut calls = 0;
        loop {
            let error = match self.embedding.embed_for(Priority::Ingest, batch.clone()).await {
                Ok(vectors) => return Ok(vectors),
                Err(error) => error,
            };
            if let CallError::Provider(failure) = &error {
                calls += 1;
                if !failure.is_transient() || calls == CALLS {
                    return Err(error);
                }
            }
            let wait = jittered(pause).max(error.retry_after().unwrap_or_default());
            tracing::warn!(%error, pause_ms = ms(wait), "embedding is tried again");
            sleep(wait).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}
