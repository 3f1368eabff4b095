//! How often background work calls a provider that fails: more patiently than a query would.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    logs::ms,
    pool::{CallError, jittered},
};

/// Calls before the work counts as failed: about seven minutes of pauses.
const CALLS: u32 = 12;

/// The pause after a first failure; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Calls until there is an answer, a refusal for good, or a dozen failures. A full queue is waited for without end.
///
/// After a freeze a pause is over at once. That is as well: what it waited for has had its time.
///
/// # Errors
///
/// The last [`CallError`].
pub async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, CallError>
where
    F: Future<Output = Result<T, CallError>>,
{
    let mut pause = FIRST_PAUSE;
    let mut calls = 0;
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if let CallError::Provider(failure) = &error {
            calls += 1;
            if !failure.is_transient() || calls == CALLS {
                return Err(error);
            }
        }
        let wait = jittered(pause).max(error.retry_after().unwrap_or_default());
        tracing::warn!(%error, pause_ms = ms(wait), "a provider is called again");
        sleep(wait).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}
