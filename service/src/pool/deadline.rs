//! When a caller gives up. It travels with the caller's task, so that nothing between need pass it on.

use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `work` for a caller who gives up at `deadline`: calls through a pool end by then, also those that stream on.
pub async fn until<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// How long the caller of this task still waits, in whole milliseconds; none when it waits as long as it takes.
#[must_use]
pub fn time_left() -> Option<Duration> {
    let left = current()?.saturating_duration_since(Instant::now());
    Some(Duration::from_millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)))
}

/// When the caller of this task gives up; none when it waits as long as it takes.
pub(super) fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}
