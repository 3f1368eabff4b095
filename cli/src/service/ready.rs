//! Asking again while the service is waking or warming.

use std::{future::Future, time::Duration};

use tokio::time::Instant;

use super::client::{CallError, Client};
use crate::{
    failure::Failure,
    output::progress::{Wait, during},
};

/// How often it is looked whether the service is ready before the time that it said.
const LOOK: Duration = Duration::from_secs(1);

/// Calls until the service is ready to answer: 202, 503 and 429 with `Retry-After` are asked again, for `limit` in all.
///
/// The service says when to ask again; when it gets ready before that, it is asked at once.
pub(crate) async fn when_ready<T, F: Future<Output = Result<T, CallError>>>(
    client: &Client,
    limit: Duration,
    told: &Wait,
    call: impl Fn() -> F,
) -> Result<T, Failure> {
    let began = Instant::now();
    loop {
        let error = match during(told, call()).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let Some(after) = error.retry_after() else { return Err(error.into()) };
        let left = limit.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(Failure::NotReady { waited: began.elapsed(), source: error });
        }
        let after = after.max(Duration::from_millis(200)).min(left);
        during(told, count_down(client, after, told, &error)).await;
    }
}

/// Waits for `after`, or until the service is ready, and tells how long it still is.
async fn count_down(client: &Client, after: Duration, told: &Wait, error: &CallError) {
    let until = Instant::now() + after;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        let seconds = left.as_secs_f64().ceil();
        told.say(format!("{error}; asking again in {seconds:.0} s"));
        tokio::time::sleep(LOOK.min(left)).await;
        if left > LOOK && error.is_starting() && client.is_ready(LOOK).await {
            return;
        }
    }
}
