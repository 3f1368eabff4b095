//! Waiting for what AWS does in its own time: asking again, less and less often.

use std::{future::Future, time::Duration};

use ragctl_stacks::backend::{BackendError, Reply};
use tokio::time::{Instant, sleep};

/// How asking again is paced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The first pause.
    pub(crate) first: Duration,
    /// The longest pause.
    pub(crate) longest: Duration,
    /// When to give up.
    pub(crate) limit: Duration,
}

impl Pace {
    /// For what is done in a moment, and now and then takes minutes.
    pub(crate) const fn up_to(limit: Duration) -> Self {
        Self { first: Duration::from_millis(50), longest: Duration::from_secs(5), limit }
    }
}

/// Asks until there is something, or an error that waiting does not mend.
pub(crate) async fn until<T, F>(what: &str, pace: Pace, mut ask: impl FnMut() -> F) -> Reply<T>
where
    F: Future<Output = Reply<Option<T>>>,
{
    let (began, mut pause) = (Instant::now(), pace.first);
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if began.elapsed() + pause > pace.limit {
            return Err(BackendError::TimedOut { what: what.to_owned(), limit: pace.limit });
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(pace.longest);
    }
}
