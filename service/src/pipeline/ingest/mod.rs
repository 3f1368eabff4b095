//! Takes documents that wait: read, cut, embed, store, a portion at a time, so that memory does not grow with a document.
//!
//! Several processes may share a store. Each holds a document by a claim that runs out unless it is renewed, so
//! what a process held when it was killed is taken up by the next.

mod hands;
mod reading;
mod workshop;

use std::{
    fs::File,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use self::workshop::Workshop;
use self::{
    hands::Hands,
    reading::{Portioned, Reading},
};
use super::{
    format::Format,
    progress::{Journal, Progress},
};
use crate::{
    logs::ms,
    metrics::{self, Stage, StoreCall},
    ports::{
        Store, StoreError,
        reader::ReadError,
        store::{Claimed, NewChunk, Portion},
    },
    traces,
};

/// How long a claim holds. As short as a restart may have to wait for a document that was being worked on.
const CLAIM: Duration = Duration::from_secs(15);

/// How often a claim is renewed: a renewal may be missed once or twice.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// How long a claim holds of a document whose process is about to stand still. Longer than a sandbox usually waits for its
/// next request; no shorter than this may a document wait whose sandbox is never asked again.
const LONG_CLAIM: Duration = Duration::from_secs(600);

/// How often it is looked whether work that waits for something has come to an obstacle.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often the store is asked when nobody says that there is something new; another process may have added it.
const POLL_EVERY: Duration = Duration::from_secs(5);

/// Between two tries to store a document while the disk is full or read-only.
const STORE_EVERY: Duration = Duration::from_secs(2);

/// How often a document is taken up at most. One that kills the process each time must not do so for ever.
const ATTEMPTS: u32 = 5;

/// What is done with a document that is embedded while the store cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hindered {
    /// It is kept at hand until it can be stored: to embed it again could cost money each time.
    Wait,
    /// Whoever asked is told.
    Tell,
}

/// Why a document was not finished.
#[derive(Debug, thiserror::Error)]
enum Setback {
    /// It is to blame, or its provider for good: it has failed.
    #[error("{0}")]
    Failed(String),
    /// There is no room to read it, say: it waits.
    #[error("it cannot be read now: {0}")]
    Hindered(#[from] io::Error),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is another's now, or deleted.
    #[error("it is no longer ours")]
    Lost,
}

/// Works on documents that wait.
pub struct Ingest {
    store: Arc<dyn Store>,
    workshop: Workshop,
    holder: String,
    added: Notify,
    hands: Hands,
    obstacle: Mutex<Option<&'static str>>,
    journal: Journal,
}

impl Ingest {
    /// Takes documents from `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, workshop: Workshop) -> Self {
        // The number makes it unlike other hosts' processes; containers all have process 1.
        let holder = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        let (added, hands, obstacle, journal) = Default::default();
        Self { store, workshop, holder, added, hands, obstacle, journal }
    }

    /// Says that a document was added.
    pub fn wake(&self) {
        self.hands.wake();
        self.added.notify_one();
    }

    /// Waits until no document is worked on and none is known to wait; or until one cannot be stored for now, for which
    /// there may be no end of waiting.
    pub async fn until_idle(&self) {
        let mut hands = self.hands.watch();
        while !self.hands.is_idle() && self.obstacle().is_none() {
            timeout(LOOK_EVERY, hands.changed()).await.ok();
        }
    }

    /// Claims the documents in hand for longer, before the process stands still: else another would begin them anew.
    pub async fn hold(&self) {
        let until = Timestamp::now() + LONG_CLAIM;
        for id in self.hands.documents() {
            let held = self.store.renew(id.clone(), self.holder.clone(), until).await;
            if let Err(error) = held {
                tracing::warn!(document = id, %error, "a claim was not renewed");
            }
        }
    }

    /// Why documents that are kept cannot be stored now; they are as soon as they can.
    #[must_use]
    pub fn obstacle(&self) -> Option<&'static str> {
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was done with documents last.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.journal.progress()
    }

    /// Notes how the store took something. A fault says nothing of the disk.
    fn note<T>(&self, taken: &Result<T, StoreError>) {
        let obstacle = taken.as_ref().err().and_then(StoreError::obstacle);
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner) = obstacle;
    }

    /// Works until `stopping`. What is not finished then is given back.
    pub async fn run(&self, stopping: &CancellationToken) {
        join_all((0..self.workshop.at_once).map(|_| self.run_one(stopping))).await;
    }

    async fn run_one(&self, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            self.take_all(stopping).await;
            // After a freeze the pause is over at once, and the store is asked a moment too early: a call, no more.
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = timeout(POLL_EVERY, self.added.notified()) => {}
            }
        }
    }

    /// Takes documents until none waits.
    async fn take_all(&self, stopping: &CancellationToken) {
        let _at_work = self.hands.begin();
        while !stopping.is_cancelled() {
            self.hands.look();
            match self.next(stopping, Hindered::Wait).await {
                // Another may be waiting for work while this one takes what comes.
                Ok(true) => self.added.notify_one(),
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(%error, "the store keeps documents from being taken");
                    return;
                }
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
        try_join_all((0..self.workshop.at_once).map(|_| until_none())).await.map(drop)
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
        let (id, source) = (document.id.clone(), document.source.clone());
        let Some(_in_hand) = self.hands.take(&id) else { return Ok(false) };
        self.journal.begins(now, &format!("`{source}` is taken up"));
        let ended = tokio::select! {
            ended = self.carry_out(&document, hindered).instrument(traces::ingest()) => ended,
            () = self.keep(&id) => Err(Setback::Lost),
            () = stopping.cancelled() => {
                self.journal.ends(Timestamp::now(), &format!("`{source}` is given back"));
                self.store.give_back(id, self.holder.clone()).await?;
                return Ok(true);
            }
        };
        let told = match &ended {
            Ok(chunks) => format!("`{source}` is processed: {chunks} chunks"),
            Err(setback) => format!("`{source}`: {setback}"),
        };
        self.journal.ends(Timestamp::now(), &told);
        match ended {
            Ok(chunks) => metrics::document_processed(chunks),
            Err(Setback::Failed(reason)) => {
                metrics::document_failed();
                tracing::error!(document = id, source, error = reason, "a document failed");
                self.store.fail(id, self.holder.clone(), reason).await?;
            }
            Err(Setback::Hindered(error)) => {
                tracing::warn!(document = id, source, %error, "a document waits");
                self.store.give_back(id, self.holder.clone()).await?;
                sleep(STORE_EVERY).await;
            }
            Err(Setback::Lost) => {
                tracing::info!(document = id, "the document is no longer ours");
            }
            Err(Setback::Store(error)) => return Err(error),
        }
        Ok(true)
    }

    /// Renews a claim for as long as it is ours.
    ///
    /// After a freeze it is renewed at once: it is still ours unless another has taken it, however long ago it ran out.
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

    /// Makes chunks of a document; gives how many.
    async fn carry_out(&self, claimed: &Claimed, hindered: Hindered) -> Result<usize, Setback> {
        let began = std::time::Instant::now();
        let Claimed { id, source, format, attempt, .. } = claimed;
        if *attempt > ATTEMPTS {
            let words = format!("it was taken up {ATTEMPTS} times and never finished");
            return Err(Setback::Failed(words));
        }
        let unknown = || Setback::Failed(format!("`{format}` is no format that is known here"));
        let format = Format::of_word(format).ok_or_else(unknown)?;
        let content = self.content(id).await?;
        let text =
            metrics::stage(Stage::Extract, self.workshop.files.text(format, content)).await?;
        if let Some(warning) = text.warning() {
            tracing::warn!(document = id, source, warning, "a document was read in part");
        }
        let mut reading = Reading::new(text, self.workshop.size);
        let mut from = 0;
        loop {
            let Portioned { texts, end, rest } = metrics::stage(Stage::Cut, reading.next()).await?;
            let made =
                async { tokio::try_join!(self.workshop.embed(&texts), self.workshop.read(&texts)) };
            let (vectors, mentions) = metrics::stage(Stage::Embed, made)
                .await
                .map_err(|error| Setback::Failed(error.to_string()))?;
            let count = texts.len();
            let chunks = texts
                .into_iter()
                .zip(vectors.into_iter().zip(mentions))
                .map(|(text, (vector, mentions))| NewChunk { text, vector, mentions })
                .collect();
            let model = self.workshop.embedding.model().to_owned();
            let portion = Portion { from: number(from), chunks, model, end };
            metrics::stage(Stage::Store, self.put(id, portion, hindered)).await?;
            from += count;
            match rest {
                Some(rest) => reading = rest,
                None => break,
            }
        }
        let duration_ms = ms(began.elapsed());
        tracing::Span::current().record("rag.chunks", from);
        tracing::info!(document = id, source, chunks = from, duration_ms, "processed");
        Ok(from)
    }

    /// A document's content, in a file without a name.
    async fn content(&self, id: &str) -> Result<File, Setback> {
        let folder = self.workshop.folder.clone();
        let mut file = blocking(move || tempfile::tempfile_in(folder)).await?;
        for position in 0.. {
            let Some(part) = self.store.part(id.to_owned(), position).await? else { break };
            file = blocking(move || io::Write::write_all(&mut file, &part).map(|()| file)).await?;
        }
        Ok(file)
    }

    /// Stores what was embedded, as soon as the disk lets it.
    async fn put(&self, id: &str, portion: Portion, hindered: Hindered) -> Result<(), Setback> {
        loop {
            let put = self.store.put(id.to_owned(), self.holder.clone(), portion.clone());
            let put = metrics::store(StoreCall::Put, put).await;
            self.note(&put);
            match put {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Setback::Lost),
                Err(error) if error.obstacle().is_some() && hindered == Hindered::Wait => {
                    tracing::warn!(document = id, %error, "a document waits for the store");
                }
                // Trying again cannot help: the settings have to change, or the store.
                Err(error @ StoreError::OtherModel { .. }) => {
                    return Err(Setback::Failed(error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
            sleep(STORE_EVERY).await;
        }
    }
}

impl From<ReadError> for Setback {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unreadable(unreadable) => Self::Failed(unreadable.to_string()),
            ReadError::Hindered(error) => Self::Hindered(error),
        }
    }
}

/// A position, which no document has too many of: its chunks would be larger than the store.
fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Does what may block where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
