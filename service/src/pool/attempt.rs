//! One job's calls to its provider: a limit on each, a few retries, a limit on all.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, sleep, timeout};

use super::job::Desk;
use crate::{logs::ms, metrics, ports::ProviderError};

/// Makes a call; more than once when it is retried.
pub(super) type Make<T> =
    Box<dyn Fn() -> BoxFuture<'static, Result<T, ProviderError>> + Send + Sync>;

/// Calls of one job, the first included.
const CALLS: u32 = 3;

/// The pause before the second call; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The time that one call has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    pub(super) limit: Duration,
    /// When it ends at the latest, for what is still to be read of the answer.
    pub(super) end: Instant,
}

/// Why a job has no answer, and how long its last call had for one.
pub(super) struct Failure {
    pub(super) error: ProviderError,
    pub(super) granted: Duration,
}

/// Calls until the provider answers, refuses for good, or the time of the worker or of the caller is up.
///
/// A process that stood still (`thaw.rs`) finds that time is up, for the call and for the worker: the job fails, and whoever
/// has patience asks anew. Retries are of calls that failed while it ran.
///
/// A call that took all of its time is not made again: whoever asked has waited long enough. Nor is any call while
/// the breaker is not closed.
pub(super) async fn attempts<T>(desk: &Desk, make: &Make<T>) -> Result<(T, Granted), Failure> {
    let began = Instant::now();
    let end = began + desk.limits.worker;
    let end = desk.deadline.map_or(end, |deadline| deadline.min(end));
    for call in 1.. {
        let now = Instant::now();
        let call_end = end.min(now + desk.limits.function);
        let granted = Granted { limit: call_end.saturating_duration_since(now), end: call_end };
        let error = match once(desk, granted.limit, make).await {
            Ok(answer) => return Ok((answer, granted)),
            Err(error) => error,
        };
        let failure = |error| Failure { error, granted: granted.limit };
        let Some(pause) = pause_after(&error, call) else { return Err(failure(error)) };
        if Instant::now() + pause >= end || !(desk.may_retry)() {
            return Err(failure(error));
        }
        tracing::debug!(%error, call, pause_ms = ms(pause), "calling the provider again");
        sleep(pause).await;
        if !(desk.may_retry)() {
            return Err(failure(error));
        }
        metrics::provider_retry(desk.pool);
    }
    unreachable!("the pause after the last call is none")
}

/// One call, within `limit`.
pub(super) async fn once<T>(
    desk: &Desk,
    limit: Duration,
    make: &Make<T>,
) -> Result<T, ProviderError> {
    let began = Instant::now();
    // The outer `async` also catches what panics while the future is made.
    let call = AssertUnwindSafe(async { make().await }).catch_unwind();
    let provider = || desk.provider.clone();
    let result = match timeout(limit, call).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            let reason = "reading it panicked".to_owned();
            Err(ProviderError::Unusable { provider: provider(), reason })
        }
        Err(_) => Err(ProviderError::TimedOut { provider: provider(), limit }),
    };
    metrics::provider_call(desk.pool, began.elapsed(), result.as_ref().err());
    result
}

/// How long to wait before the next call; none when there is to be none.
fn pause_after(error: &ProviderError, calls: u32) -> Option<Duration> {
    let asked = match error {
        ProviderError::TimedOut { .. } => return None,
        ProviderError::Refused { retry_after, .. } => *retry_after,
        ProviderError::Unreachable { .. } | ProviderError::Unusable { .. } => None,
    };
    (error.is_transient() && calls < CALLS)
        .then(|| asked.unwrap_or_default().max(jittered(FIRST_PAUSE * 2u32.pow(calls - 1))))
}

/// Between half of `pause` and all of it, so that callers that failed together do not return together.
#[must_use]
pub fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
