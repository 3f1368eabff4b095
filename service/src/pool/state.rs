//! What a pool knows of itself: its queue, its workers, and how warm it is.
//!
//! All of it changes under one lock, which is never held across an `await`.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::Instant,
};

use super::{
    CallError, Limits, State,
    attempt::Make,
    job::{Ended, Job, WarmCall},
    worker,
};
use crate::{logs::ms, ports::ProviderError};

/// How warm a pool is, and why it is not warmer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) state: State,
    pub(super) error: Option<ProviderError>,
}

/// The part of a pool that its workers share.
pub(super) struct Shared {
    pub(super) name: &'static str,
    pub(super) provider: String,
    pub(super) limits: Limits,
    pub(super) warm: Box<dyn Fn() -> Make<()> + Send + Sync>,
    pub(super) status: watch::Sender<Status>,
    /// When the pool became ready for the first time.
    pub(super) ready_at: OnceLock<std::time::Instant>,
    pub(super) work: Notify,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) queue: VecDeque<(u64, Box<dyn Job>)>,
    pub(super) workers: BTreeMap<u64, Slot>,
    /// The workers behind the first make a warm-up call, too: somebody asked for more than one answer.
    warm_all: bool,
    supervised: bool,
    last_id: u64,
    warming_since: Option<Instant>,
}

/// A worker as the pool sees it.
pub(super) struct Slot {
    pub(super) task: AbortHandle,
    pub(super) busy_since: Option<Instant>,
}

impl Shared {
    pub(super) fn new(
        name: &'static str,
        provider: String,
        limits: Limits,
        warm: Box<dyn Fn() -> Make<()> + Send + Sync>,
    ) -> Self {
        let status = watch::Sender::new(Status { state: State::Cold, error: None });
        let (ready_at, work, inner) = Default::default();
        Self { name, provider, limits, warm, status, ready_at, work, inner }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> State {
        self.status.borrow().state
    }

    /// Puts a job into the queue, and sets the pool up when nothing is.
    pub(super) fn submit(self: &Arc<Self>, job: Box<dyn Job>) -> Result<u64, CallError> {
        let mut inner = self.lock();
        let free = inner.workers.values().filter(|slot| slot.busy_since.is_none()).count();
        let free = if inner.workers.is_empty() { 1 } else { free };
        if inner.queue.len() >= self.limits.queue + free {
            return Err(CallError::Overloaded { pool: self.name, waiting: inner.queue.len() });
        }
        let id = inner.next_id();
        inner.queue.push_back((id, job));
        if self.state() == State::Cold {
            self.lead(&mut inner);
        } else {
            self.work.notify_one();
        }
        Ok(id)
    }

    /// Takes back a job that no worker has begun.
    pub(super) fn withdraw(&self, job: u64) {
        let mut inner = self.lock();
        inner.queue.retain(|(id, _)| *id != job);
        let is_idle = inner.workers.values().all(|slot| slot.busy_since.is_none());
        if self.state() == State::Warming && inner.queue.is_empty() && is_idle {
            // The job that was to warm the pool is gone before the first worker had it.
            inner.workers.values().for_each(|slot| slot.task.abort());
            self.cool(&mut inner, None);
        }
    }

    /// Sees to it that a warm-up is in progress, unless the pool is ready.
    pub(super) fn begin_warm_up(self: &Arc<Self>) {
        let mut inner = self.lock();
        if self.state() == State::Ready {
            return;
        }
        inner.warm_all = true;
        if self.state() == State::Cold {
            let id = inner.next_id();
            inner.queue.push_front((id, Box::new(WarmCall { make: (self.warm)() })));
            self.lead(&mut inner);
        }
    }

    /// Spawns the first worker. Until it is answered it is the only one, so that all others wait for it.
    fn lead(self: &Arc<Self>, inner: &mut Inner) {
        inner.warming_since = Some(Instant::now());
        self.status.send_modify(|status| status.state = State::Warming);
        self.spawn(inner, None);
    }

    fn spawn(self: &Arc<Self>, inner: &mut Inner, first: Option<Box<dyn Job>>) {
        let id = inner.next_id();
        let busy_since = first.is_some().then(Instant::now);
        let task = tokio::spawn(worker::work(Arc::clone(self), id, first)).abort_handle();
        inner.workers.insert(id, Slot { task, busy_since });
        if !inner.supervised {
            inner.supervised = true;
            tokio::spawn(worker::supervise(Arc::downgrade(self), self.limits.health));
        }
    }

    /// The provider has answered: the pool is ready, and the other workers follow.
    pub(super) fn answered(self: &Arc<Self>) {
        if self.state() == State::Ready {
            return;
        }
        let mut inner = self.lock();
        if self.state() != State::Warming {
            return;
        }
        self.ready_at.get_or_init(std::time::Instant::now);
        let duration_ms = inner.warming_since.take().map(|since| ms(since.elapsed()));
        tracing::info!(pool = self.name, provider = self.provider, duration_ms, "pool is ready");
        while inner.workers.len() < self.limits.workers {
            let first: Option<Box<dyn Job>> = match inner.warm_all {
                true => Some(Box::new(WarmCall { make: (self.warm)() })),
                false => None,
            };
            self.spawn(&mut inner, first);
        }
        self.status.send_replace(Status { state: State::Ready, error: None });
    }

    /// Notes that a worker's job is over; false when the worker is to end.
    pub(super) fn finished(&self, worker: u64, ended: Ended) -> bool {
        let mut inner = self.lock();
        let Some(slot) = inner.workers.get_mut(&worker) else { return false };
        slot.busy_since = None;
        match (self.state(), ended) {
            (State::Warming, Ended::Failed(error)) => self.fail_warm_up(&mut inner, error),
            (State::Warming, Ended::Abandoned) if inner.queue.is_empty() => {
                self.cool(&mut inner, None);
            }
            _ => {}
        }
        inner.workers.contains_key(&worker)
    }

    /// Leaves the pool cold, unless the failure says nothing about the jobs that wait.
    fn fail_warm_up(&self, inner: &mut Inner, error: ProviderError) {
        tracing::warn!(pool = self.name, %error, "warming up failed");
        // A refusal may be about one caller's words alone, so the next caller tries its own.
        if !error.is_transient() && !inner.warm_all && !inner.queue.is_empty() {
            self.status.send_modify(|status| status.error = Some(error));
            return;
        }
        for (_, job) in inner.queue.drain(..) {
            job.refuse(error.clone());
        }
        self.cool(inner, Some(error));
    }

    fn cool(&self, inner: &mut Inner, error: Option<ProviderError>) {
        inner.workers.clear();
        inner.warm_all = false;
        self.status.send_replace(Status { state: State::Cold, error });
    }

    /// Replaces workers whose job is older than the health limit; false when there are no workers to watch.
    pub(super) fn replace_stuck(self: &Arc<Self>) -> bool {
        let mut inner = self.lock();
        let limit = self.limits.health;
        let is_stuck = |slot: &Slot| slot.busy_since.is_some_and(|since| since.elapsed() >= limit);
        let stuck: Vec<u64> =
            inner.workers.iter().filter(|(_, slot)| is_stuck(slot)).map(|(id, _)| *id).collect();
        for id in &stuck {
            let Some(slot) = inner.workers.remove(id) else { continue };
            slot.task.abort();
            tracing::warn!(pool = self.name, worker = id, "a stuck worker is replaced");
            if self.state() == State::Warming {
                self.fail_warm_up(&mut inner, self.lost());
            }
            if self.state() != State::Cold {
                self.spawn(&mut inner, None);
                self.work.notify_one();
            }
        }
        inner.supervised = !inner.workers.is_empty();
        inner.supervised
    }

    /// What a caller is told whose worker was replaced.
    pub(super) fn lost(&self) -> ProviderError {
        ProviderError::TimedOut { provider: self.provider.clone(), limit: self.limits.health }
    }

    /// Ends all workers.
    pub(super) fn close(&self) {
        for (_, slot) in std::mem::take(&mut self.lock().workers) {
            slot.task.abort();
        }
    }
}

impl Inner {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
