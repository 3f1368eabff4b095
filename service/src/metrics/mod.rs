//! What is counted and timed, and how Prometheus reads it. The names stand here alone.
//!
//! Each function costs well under a microsecond; before [`start`] it costs, and keeps, nothing. Labels take few
//! values: a route as it is written in the router, never a path; the name of a pool, never that of a caller.

mod names;
mod process;
mod scrape;

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use ::metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
pub use scrape::render;
use tokio::time::sleep;

use crate::{pool::Priority, ports::ProviderError};

/// Upper ends of the buckets of all histograms, in seconds: from a search in memory to the longest LLM call.
const BUCKETS_S: [f64; 17] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0, 180.0,
];

/// How often what was timed is put into its buckets; until then each value takes memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static PROMETHEUS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to keep what is counted, for the whole process. Again: does nothing.
pub fn start() {
    PROMETHEUS.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS_S).expect("there are some");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Fails when somebody keeps them already, who then has them.
        ::metrics::set_global_recorder(recorder).ok();
        names::describe();
        handle
    });
}

/// Keeps the memory of what was timed bounded, for ever. Once after a freeze, however long: nothing was timed meanwhile.
pub async fn upkeep() {
    loop {
        sleep(UPKEEP_EVERY).await;
        if let Some(handle) = PROMETHEUS.get() {
            handle.run_upkeep();
        }
    }
}

/// A request while it is answered. Dropping it ends it, also when its client went away.
pub struct InFlight {
    route: String,
    method: &'static str,
    began: Instant,
}

impl InFlight {
    /// A request to `route`, as the router writes it.
    #[must_use]
    pub fn begin(route: String, method: &'static str) -> Self {
        gauge!(names::REQUESTS_IN_FLIGHT).increment(1.0);
        Self { route, method, began: Instant::now() }
    }

    /// The head of its answer is there.
    pub fn answered(&mut self, status: u16) {
        let (route, method) = (std::mem::take(&mut self.route), self.method);
        histogram!(names::REQUEST_DURATION, "route" => route.clone(), "method" => method)
            .record(self.began.elapsed());
        counter!(
            names::REQUESTS,
            "route" => route, "method" => method, "status" => status.to_string()
        )
        .increment(1);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(names::REQUESTS_IN_FLIGHT).decrement(1.0);
    }
}

/// Why a pool took no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Its queue is full.
    Overloaded,
    /// Its breaker is open.
    Unavailable,
    /// The caller's limit passed in the queue.
    Late,
}

/// A pool took no call.
pub fn pool_rejection(pool: &'static str, reason: Rejection) {
    let reason = match reason {
        Rejection::Overloaded => "overloaded",
        Rejection::Unavailable => "unavailable",
        Rejection::Late => "late",
    };
    counter!(names::POOL_REJECTIONS, "pool" => pool, "reason" => reason).increment(1);
}

/// A call waited so long for its worker.
pub fn pool_wait(pool: &'static str, priority: Priority, waited: Duration) {
    let priority = priority_name(priority);
    histogram!(names::POOL_WAIT, "pool" => pool, "priority" => priority).record(waited);
}

/// A provider's breaker opened, or stayed open after a trial.
pub fn breaker_opened(pool: &'static str) {
    counter!(names::BREAKER_OPENED, "pool" => pool).increment(1);
}

/// One call to a provider, up to its answer or to the head of a streamed one.
pub fn provider_call(pool: &'static str, took: Duration, error: Option<&ProviderError>) {
    histogram!(names::PROVIDER_CALL, "pool" => pool).record(took);
    if let Some(error) = error {
        provider_failure(pool, error);
    }
}

/// A call to a provider failed.
pub fn provider_failure(pool: &'static str, error: &ProviderError) {
    let kind = match error {
        ProviderError::Unreachable { .. } => "unreachable",
        ProviderError::TimedOut { .. } => "timed_out",
        ProviderError::Refused { status: 429, .. } => "rate_limited",
        ProviderError::Refused { status: 500.., .. } => "failed",
        ProviderError::Refused { .. } => "refused",
        ProviderError::Unusable { .. } => "unusable",
    };
    counter!(names::PROVIDER_FAILURES, "pool" => pool, "kind" => kind).increment(1);
}

/// A call to a provider is made again.
pub fn provider_retry(pool: &'static str) {
    counter!(names::PROVIDER_RETRIES, "pool" => pool).increment(1);
}

/// A part of the work on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its text is taken from its file.
    Extract,
    /// It is cut into chunks.
    Cut,
    /// Its chunks are embedded.
    Embed,
    /// Its chunks are stored.
    Store,
}

/// Times a part of the work on a document.
pub async fn stage<T>(stage: Stage, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let result = work.await;
    let stage = match stage {
        Stage::Extract => "extract",
        Stage::Cut => "cut",
        Stage::Embed => "embed",
        Stage::Store => "store",
    };
    histogram!(names::INGEST_STAGE, "stage" => stage).record(began.elapsed());
    result
}

/// A document can be found by so many chunks.
pub fn document_processed(chunks: usize) {
    counter!(names::DOCUMENTS_INGESTED, "outcome" => "processed").increment(1);
    counter!(names::CHUNKS_INGESTED).increment(chunks as u64);
}

/// A document failed.
pub fn document_failed() {
    counter!(names::DOCUMENTS_INGESTED, "outcome" => "failed").increment(1);
}

/// What a store was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreCall {
    /// To keep a document.
    Add,
    /// For chunks that may answer.
    Candidates,
    /// For chunks by their ids.
    Chunks,
    /// To keep a document's chunks.
    Put,
}

/// Times a call to the store.
///
/// # Errors
///
/// As of the call.
pub async fn store<T, E>(
    call: StoreCall,
    reply: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let began = Instant::now();
    let result = reply.await;
    let call = match call {
        StoreCall::Add => "add",
        StoreCall::Candidates => "candidates",
        StoreCall::Chunks => "chunks",
        StoreCall::Put => "put",
    };
    histogram!(names::STORE_CALL, "call" => call).record(began.elapsed());
    if result.is_err() {
        counter!(names::STORE_FAILURES, "call" => call).increment(1);
    }
    result
}

/// Whether an answer was kept from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was.
    Hit,
    /// It had to be made.
    Miss,
}

/// A kept answer was looked for.
pub fn answer_cache(kept: Kept) {
    let outcome = match kept {
        Kept::Hit => "hit",
        Kept::Miss => "miss",
    };
    counter!(names::ANSWER_CACHE, "outcome" => outcome).increment(1);
}

/// As in labels.
fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Query => "query",
        Priority::Ingest => "ingest",
    }
}
