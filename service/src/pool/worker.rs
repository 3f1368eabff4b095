//! The life of a worker, and who looks after it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};

use super::{
    job::{Desk, Ended, Job},
    state::Shared,
};
use crate::ports::ProviderError;

/// How often workers are looked at, as in LightRAG.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Does `first`, then job after job, until the pool has no use for the worker any more.
pub(super) async fn work(shared: Arc<Shared>, id: u64, mut first: Option<Box<dyn Job>>) {
    loop {
        let job = match first.take() {
            Some(job) => job,
            None => match next(&shared, id).await {
                Some(job) => job,
                None => return,
            },
        };
        // A panic ends the job, not the worker: the pool must not shrink.
        let ended = AssertUnwindSafe(job.run(desk(&shared))).catch_unwind().await;
        let ended = ended.unwrap_or_else(|_| {
            Ended::Failed(ProviderError::Unusable {
                provider: shared.provider.clone(),
                reason: "reading it panicked".to_owned(),
            })
        });
        if !shared.finished(id, ended) {
            return;
        }
    }
}

fn desk(shared: &Arc<Shared>) -> Desk {
    let pool = Arc::clone(shared);
    Desk {
        provider: shared.provider.clone(),
        limits: shared.limits,
        answered: Box::new(move || pool.answered()),
    }
}

async fn next(shared: &Shared, id: u64) -> Option<Box<dyn Job>> {
    loop {
        let woken = shared.work.notified();
        {
            let mut inner = shared.lock();
            if !inner.workers.contains_key(&id) {
                return None;
            }
            if let Some((_, job)) = inner.queue.pop_front() {
                if let Some(slot) = inner.workers.get_mut(&id) {
                    slot.busy_since = Some(Instant::now());
                }
                // One stored wake-up may stand for several jobs, so it is passed on.
                if !inner.queue.is_empty() {
                    shared.work.notify_one();
                }
                return Some(job);
            }
        }
        woken.await;
    }
}

/// Replaces stuck workers while there are any workers.
pub(super) async fn supervise(shared: Weak<Shared>, health: Duration) {
    loop {
        sleep(CHECK_EVERY.min(health)).await;
        match shared.upgrade() {
            Some(shared) if shared.replace_stuck() => {}
            _ => return,
        }
    }
}
