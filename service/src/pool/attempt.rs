//! One job's calls to its provider: a limit on each, a few retries, a limit on all.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, sleep, timeout};

use super::Limits;
use crate::{logs::ms, ports::ProviderError};

/// Makes a call; more than once when it is retried.
pub(super) type Make<T> =
    Box<dyn Fn() -> BoxFuture<'static, Result<T, ProviderError>> + Send + Sync>;

/// Calls of one job, the first included.
const CALLS: u32 = 3;

/// The pause before the second call; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Calls until the provider answers, refuses for good, or the time of the worker is up.
///
/// A call that took all of its time is not made again: whoever asked has waited long enough. The answer comes
/// with the moment at which its own call ends at the latest, for what is still to be read of it.
pub(super) async fn attempts<T>(
    provider: &str,
    limits: &Limits,
    make: &Make<T>,
) -> Result<(T, Instant), ProviderError> {
    let end = Instant::now() + limits.worker;
    for call in 1.. {
        let call_end = end.min(Instant::now() + limits.function);
        let limit = call_end.saturating_duration_since(Instant::now());
        let error = match once(provider, limit, make).await {
            Ok(answer) => return Ok((answer, call_end)),
            Err(error) => error,
        };
        let Some(pause) = pause_after(&error, call) else { return Err(error) };
        if Instant::now() + pause >= end {
            return Err(error);
        }
        tracing::debug!(%error, call, pause_ms = ms(pause), "calling the provider again");
        sleep(pause).await;
    }
    unreachable!("the pause after the last call is none")
}

/// One call, within `limit`.
pub(super) async fn once<T>(
    provider: &str,
    limit: Duration,
    make: &Make<T>,
) -> Result<T, ProviderError> {
    // The outer `async` also catches what panics while the future is made.
    let call = AssertUnwindSafe(async { make().await }).catch_unwind();
    match timeout(limit, call).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(ProviderError::Unusable {
            provider: provider.to_owned(),
            reason: "reading it panicked".to_owned(),
        }),
        Err(_) => Err(ProviderError::TimedOut { provider: provider.to_owned(), limit }),
    }
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
