//! Pools: a fixed number of workers that may call one provider, behind a bounded queue and a breaker.
//!
//! A pool is set up by its first call, or by [`Pool::warm`]. Either way one worker goes first and everybody else
//! waits for it: a cold provider is met by one call, not by one a worker.
//!
//! ```text
//! cold ──first call, or warm()──▶ warming ──answered──▶ ready
//!   ▲                                │
//!   └────────────failed──────────────┘
//! ```

mod attempt;
mod breaker;
mod deadline;
mod embedding;
mod job;
mod limits;
mod llm;
mod queue;
mod rerank;
mod state;
#[cfg(test)]
mod tests;
mod thaw;
mod worker;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub use attempt::jittered;
pub use breaker::BreakerState;
pub use deadline::{time_left, until};
pub use embedding::EmbeddingPool;
use futures_util::{future::BoxFuture, stream::BoxStream};
pub use job::Piece;
pub use limits::Limits;
pub use llm::LlmPool;
pub use queue::Priority;
pub use rerank::RerankPool;
use tokio::sync::oneshot;
use tracing::Span;

use self::{
    attempt::Make,
    job::{Call, Job, StreamedCall, pieces},
    state::Shared,
};
use crate::{logs::ms, ports::ProviderError};

/// How warm a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is set up.
    Cold,
    /// The first worker waits for the provider's first answer.
    Warming,
    /// The provider has answered.
    Ready,
}

/// A pool at one moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Facts {
    /// How warm it is.
    pub state: State,
    /// Workers that are set up.
    pub workers: usize,
    /// Those that have a job.
    pub busy: usize,
    /// Calls that wait for a worker.
    pub queued: usize,
    /// Why the last warm-up failed.
    pub error: Option<String>,
    /// Whether calls go to the provider.
    pub breaker: BreakerState,
    /// Seconds until the provider is tried again while the breaker is open, rounded up.
    pub retry_in_s: Option<u64>,
}

/// Why a call through a pool has no answer.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum CallError {
    /// The queue is full.
    #[error("the {pool} pool is overloaded: {waiting} calls wait")]
    Overloaded {
        /// Which pool.
        pool: &'static str,
        /// Calls of its kind in the queue.
        waiting: usize,
        /// When the last of the queue will have its turn, as calls went of late.
        retry_in: Duration,
    },
    /// The provider failed so often in a row that it is left alone for a while. It was not called.
    #[error("{reason}, again and again; it is tried again in {} s", whole_seconds(*.retry_in))]
    Unavailable {
        /// The last failure, which names the provider.
        reason: String,
        /// When the provider is tried again.
        retry_in: Duration,
    },
    /// The caller's own limit passed before a worker was free.
    #[error("no worker of the {pool} pool was free within the limit of the request")]
    Late {
        /// Which pool.
        pool: &'static str,
    },
    /// The provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

impl CallError {
    /// The pause that the provider asks for, or the pool's queue or breaker.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Provider(ProviderError::Refused { retry_after, .. }) => *retry_after,
            Self::Overloaded { retry_in, .. } | Self::Unavailable { retry_in, .. } => {
                Some(*retry_in)
            }
            Self::Provider(_) | Self::Late { .. } => None,
        }
    }
}

/// Rounded up, and at least one: to come again a moment too early would be in vain.
pub(crate) fn whole_seconds(pause: Duration) -> u64 {
    pause.as_secs() + u64::from(pause.subsec_nanos() > 0 || pause.is_zero())
}

/// The pause after a first failed warm-up at start; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between warm-ups at start.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The workers that may call one provider.
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    /// A cold pool. `warm` makes the smallest real call there is.
    pub fn new<W>(name: &'static str, provider: String, limits: Limits, warm: W) -> Self
    where
        W: Fn() -> BoxFuture<'static, Result<(), ProviderError>> + Clone + Send + Sync + 'static,
    {
        let warm = Box::new(move || Box::new(warm.clone()) as Make<()>);
        Self { shared: Arc::new(Shared::new(name, provider, limits, warm)) }
    }

    /// Warms the pool and returns once its first worker is answered. Many callers share one warm-up.
    ///
    /// Cancelling does not stop it.
    ///
    /// # Errors
    ///
    /// What the provider answered. The pool is cold then, and the next call tries again.
    pub async fn warm(&self) -> Result<(), ProviderError> {
        let mut status = self.shared.status.subscribe();
        loop {
            self.shared.begin_warm_up();
            let now = status
                .wait_for(|status| status.state != State::Warming)
                .await
                .expect("the pool holds the sender");
            match (now.state, &now.error) {
                (State::Ready, _) => return Ok(()),
                (_, Some(error)) => return Err(error.clone()),
                // A query led the warm-up, and its caller went away.
                (_, None) => {}
            }
        }
    }

    /// Starts a warm-up, unless the pool is ready or warming, and does not wait for it.
    pub fn begin_warm_up(&self) {
        self.shared.begin_warm_up();
    }

    /// The process stood still for long. What was on its way then teaches nothing of the provider any more, and neither does
    /// what was known before.
    pub fn thawed(&self) {
        self.shared.thawed();
    }

    /// Waits until no warm-up is on its way, whatever became of it.
    pub async fn settled(&self) {
        let mut status = self.shared.status.subscribe();
        status
            .wait_for(|status| status.state != State::Warming)
            .await
            .expect("the pool holds the sender");
    }

    /// Warms the pool however often it takes, with longer and longer pauses.
    pub async fn warm_until_ready(&self) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.warm().await {
            let wait =
                jittered(pause).max(CallError::from(error).retry_after().unwrap_or_default());
            tracing::info!(pool = self.name(), pause_ms = ms(wait), "warming up again");
            tokio::time::sleep(wait).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Runs a query's call on a worker. Dropping the future withdraws or stops it.
    ///
    /// # Errors
    ///
    /// [`CallError`] when the queue is full, the provider is left alone after many failures, the caller's limit
    /// passes, or as the provider failed after all retries.
    pub async fn call<T, F>(&self, make: F) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Fn() -> BoxFuture<'static, Result<T, ProviderError>> + Send + Sync + 'static,
    {
        self.call_for(Priority::Query, Span::none(), make).await
    }

    /// As [`Pool::call`], for whoever waits, and as `trace` in its trace.
    ///
    /// # Errors
    ///
    /// As of [`Pool::call`].
    pub async fn call_for<T, F>(
        &self,
        priority: Priority,
        trace: Span,
        make: F,
    ) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Fn() -> BoxFuture<'static, Result<T, ProviderError>> + Send + Sync + 'static,
    {
        let make = Box::new(make);
        self.submit(priority, trace, |reply| Box::new(Call { make, reply })).await
    }

    /// Runs a call whose answer comes in pieces. The worker is free again when the stream ended or was dropped.
    ///
    /// # Errors
    ///
    /// As of [`Pool::call`], until the provider begins to answer.
    pub async fn stream_for<F>(
        &self,
        priority: Priority,
        trace: Span,
        make: F,
    ) -> Result<BoxStream<'static, Piece>, CallError>
    where
        F: Fn() -> BoxFuture<'static, Result<BoxStream<'static, Piece>, ProviderError>>
            + Send
            + Sync
            + 'static,
    {
        let make = Box::new(make);
        let call = self.submit(priority, trace, |reply| Box::new(StreamedCall { make, reply }));
        Ok(pieces(call.await?, self.shared.lost()))
    }

    async fn submit<T>(
        &self,
        priority: Priority,
        trace: Span,
        job: impl FnOnce(oneshot::Sender<Result<T, CallError>>) -> Box<dyn Job>,
    ) -> Result<T, CallError> {
        let (reply, answer) = oneshot::channel();
        let id = self.shared.submit(priority, trace, job(reply))?;
        let mut withdrawal = Withdrawal { shared: &self.shared, job: Some(id) };
        let answer = answer.await;
        withdrawal.job = None;
        // No answer at all: the worker was replaced, and its job with it.
        answer.unwrap_or_else(|_| Err(self.shared.lost().into()))
    }

    /// The pool at this moment.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let inner = self.shared.lock();
        let status = self.shared.status.borrow();
        let (breaker, retry_in) = inner.breaker.look(tokio::time::Instant::now());
        Facts {
            state: status.state,
            workers: inner.workers.len(),
            busy: inner.workers.values().filter(|slot| slot.busy.is_some()).count(),
            queued: inner.queue.len(),
            error: status.error.as_ref().map(ToString::to_string),
            breaker,
            retry_in_s: retry_in.map(whole_seconds),
        }
    }

    /// Calls that wait for a worker.
    #[must_use]
    pub fn queued(&self, priority: Priority) -> usize {
        self.shared.lock().queue.len_of(priority)
    }

    /// Whether the provider has answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.state() == State::Ready
    }

    /// When the provider answered for the first time.
    #[must_use]
    pub fn ready_at(&self) -> Option<Instant> {
        self.shared.ready_at.get().copied()
    }

    /// The pool's bounds.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Names the pool, as in logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.shared.name
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// Takes a job back when its caller goes away while it waits.
struct Withdrawal<'a> {
    shared: &'a Shared,
    job: Option<u64>,
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        if let Some(job) = self.job {
            self.shared.withdraw(job);
        }
    }
}
