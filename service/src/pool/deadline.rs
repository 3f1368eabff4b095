//! When a caller gives up. It travels with the caller's task, so that nothing between need pass it on.

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `work` for a caller who gives up at `deadline`: calls through a pool end by then, also those that stream on.
pub async fn until<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// When the caller of this task gives up; none when it waits as long as it takes.
pub(super) fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}
