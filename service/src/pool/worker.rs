//! The life of a worker, and who looks after it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};

use tracing::Instrument;

use super::{
    CallError, State,
    job::{Desk, Ended},
    queue::Waiting,
    state::{Busy, Shared},
};
use crate::{
    metrics::{self, Rejection},
    ports::ProviderError,
};

/// How often workers are looked at, as in LightRAG.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Does `first`, then job after job, until the pool has no use for the worker any more.
pub(super) async fn work(shared: Arc<Shared>, id: u64, mut first: Option<Waiting>) {
    loop {
        let waiting = match first.take() {
            Some(waiting) => waiting,
            None => match next(&shared, id).await {
                Some(waiting) => waiting,
                None => return,
            },
        };
        let Waiting { id: job_id, job, deadline, log, trace, .. } = waiting;
        // Both are entered: a layer that knows but one of them looks through those entered, not at parents.
        let work = job.run(desk(&shared, deadline)).instrument(trace).instrument(log);
        // A panic ends the job, not the worker: the pool must not shrink.
        let ended = AssertUnwindSafe(work).catch_unwind().await;
        let ended = ended.unwrap_or_else(|_| {
            Ended::Failed(ProviderError::Unusable {
                provider: shared.provider.clone(),
                reason: "reading it panicked".to_owned(),
            })
        });
        if !shared.finished(id, job_id, ended) {
            return;
        }
    }
}

fn desk(shared: &Arc<Shared>, deadline: Option<Instant>) -> Desk {
    let (answered, may_retry) = (Arc::clone(shared), Arc::clone(shared));
    Desk {
        pool: shared.name,
        provider: shared.provider.clone(),
        limits: shared.limits,
        deadline,
        answered: Box::new(move || answered.answered()),
        may_retry: Box::new(move || may_retry.lock().breaker.is_closed()),
    }
}

async fn next(shared: &Shared, id: u64) -> Option<Waiting> {
    loop {
        let woken = shared.work.notified();
        {
            let mut inner = shared.lock();
            if !inner.workers.contains_key(&id) {
                return None;
            }
            let mut was_late = false;
            while let Some(waiting) = inner.queue.pop() {
                let now = Instant::now();
                if waiting.deadline.is_some_and(|deadline| deadline <= now) {
                    metrics::pool_rejection(shared.name, Rejection::Late);
                    inner.breaker.gone(waiting.id);
                    waiting.job.refuse(CallError::Late { pool: shared.name });
                    was_late = true;
                    continue;
                }
                if let Some(slot) = inner.workers.get_mut(&id) {
                    slot.busy = Some(Busy::with(waiting.id));
                }
                // One stored wake-up may stand for several jobs, so it is passed on.
                if !inner.queue.is_empty() {
                    shared.work.notify_one();
                }
                metrics::pool_wait(shared.name, waiting.priority, now - waiting.since);
                return Some(waiting);
            }
            if was_late && shared.state() == State::Warming {
                // It was to warm the pool; nobody else would.
                shared.cool(&mut inner, None);
                return None;
            }
        }
        woken.await;
    }
}

/// Replaces stuck workers while there are any workers.
///
/// After a freeze it looks at once, and those that had a call then look stuck: they are replaced, and nothing is concluded from
/// it (`thaw.rs`).
pub(super) async fn supervise(shared: Weak<Shared>, health: Duration) {
    loop {
        sleep(CHECK_EVERY.min(health)).await;
        match shared.upgrade() {
            Some(shared) if shared.replace_stuck() => {}
            _ => return,
        }
    }
}
