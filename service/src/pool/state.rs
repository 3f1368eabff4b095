//! What a pool knows of itself: its queue, its workers, and how warm it is.
//!
//! All of it changes under one lock, which is never held across an `await`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::Instant,
};
use tracing::Span;

use super::{
    CallError, Limits, State,
    attempt::Make,
    breaker::Breaker,
    deadline,
    job::{Ended, Job, WarmCall},
    queue::{Priority, Queue, Waiting},
    worker,
};
use crate::{
    logs::{self, ms},
    metrics::{self, Rejection},
    ports::ProviderError,
};

/// When to come again to a full queue while nothing is known of how long calls take.
const USUAL_RETRY: Duration = Duration::from_secs(5);

/// The longest time after which to come again to a full queue.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// How much of what is usual the last call is: a fifth, so that the last ten or so decide.
const NEWEST_SHARE: f64 = 0.2;

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
    pub(super) queue: Queue,
    pub(super) workers: BTreeMap<u64, Slot>,
    pub(super) breaker: Breaker,
    /// How long a job holds its worker, of late.
    usual: Option<Duration>,
    /// The workers behind the first make a warm-up call, too: somebody asked for more than one answer.
    warm_all: bool,
    supervised: bool,
    last_id: u64,
    warming_since: Option<Instant>,
    /// When the process last went on after it stood still for long.
    pub(super) thawed_at: Option<Instant>,
}

/// A worker as the pool sees it.
pub(super) struct Slot {
    pub(super) task: AbortHandle,
    pub(super) busy: Option<Busy>,
}

/// A job that a worker does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Busy {
    pub(super) job: u64,
    pub(super) since: Instant,
}

impl Busy {
    pub(super) fn with(job: u64) -> Self {
        Self { job, since: Instant::now() }
    }
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
    pub(super) fn submit(
        self: &Arc<Self>,
        priority: Priority,
        trace: Span,
        job: Box<dyn Job>,
    ) -> Result<u64, CallError> {
        let mut inner = self.lock();
        let free = inner.workers.values().filter(|slot| slot.busy.is_none()).count();
        let free = if inner.workers.is_empty() { 1 } else { free };
        let waiting = inner.queue.len_of(priority);
        if waiting >= self.limits.queue + free {
            metrics::pool_rejection(self.name, Rejection::Overloaded);
            let retry_in = inner.turn(self.limits.workers);
            return Err(CallError::Overloaded { pool: self.name, waiting, retry_in });
        }
        let (id, now) = (inner.next_id(), Instant::now());
        inner.breaker.admit(id, now).map_err(|retry_in| self.unavailable(&inner, retry_in))?;
        let (deadline, log) = (deadline::current(), logs::request());
        inner.queue.push(Waiting { id, job, priority, since: now, deadline, log, trace });
        if self.state() == State::Cold {
            self.lead(&mut inner);
        } else {
            self.work.notify_one();
        }
        Ok(id)
    }

    /// What callers are told while the provider is not called.
    fn unavailable(&self, inner: &Inner, retry_in: Duration) -> CallError {
        metrics::pool_rejection(self.name, Rejection::Unavailable);
        CallError::Unavailable { reason: inner.breaker.reason().to_owned(), retry_in }
    }

    /// Takes back a job that no worker has begun.
    pub(super) fn withdraw(&self, job: u64) {
        let mut inner = self.lock();
        inner.queue.remove(job);
        inner.breaker.gone(job);
        let is_idle = inner.workers.values().all(|slot| slot.busy.is_none());
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
            let first = self.warm_call(&mut inner);
            inner.queue.push_first(first);
            self.lead(&mut inner);
        }
    }

    /// The breaker does not keep it back: it is what shows that the provider answers again.
    fn warm_call(&self, inner: &mut Inner) -> Waiting {
        Waiting {
            id: inner.next_id(),
            job: Box::new(WarmCall { make: (self.warm)() }),
            priority: Priority::Query,
            since: Instant::now(),
            deadline: None,
            log: Span::none(),
            trace: Span::none(),
        }
    }

    /// Spawns the first worker. Until it is answered it is the only one, so that all others wait for it.
    fn lead(self: &Arc<Self>, inner: &mut Inner) {
        inner.warming_since = Some(Instant::now());
        self.status.send_modify(|status| status.state = State::Warming);
        self.spawn(inner, None);
    }

    fn spawn(self: &Arc<Self>, inner: &mut Inner, first: Option<Waiting>) {
        let id = inner.next_id();
        let busy = first.as_ref().map(|first| Busy::with(first.id));
        let task = tokio::spawn(worker::work(Arc::clone(self), id, first)).abort_handle();
        inner.workers.insert(id, Slot { task, busy });
        if !inner.supervised {
            inner.supervised = true;
            tokio::spawn(worker::supervise(Arc::downgrade(self), self.limits.health));
        }
    }

    /// The provider has answered: the breaker closes, the pool is ready, and the other workers follow.
    pub(super) fn answered(self: &Arc<Self>) {
        let mut inner = self.lock();
        if !inner.breaker.is_closed() {
            inner.breaker.began();
            tracing::info!(pool = self.name, provider = self.provider, "the provider is back");
        }
        if self.state() != State::Warming {
            return;
        }
        self.ready_at.get_or_init(std::time::Instant::now);
        let duration_ms = inner.warming_since.take().map(|since| ms(since.elapsed()));
        tracing::info!(pool = self.name, provider = self.provider, duration_ms, "pool is ready");
        // The first worker takes one of the jobs that wait. Each other one is a worker's own warm-up.
        let mut waiting = inner.queue.len().saturating_sub(1);
        while inner.workers.len() < self.limits.workers {
            let warms = inner.warm_all && waiting == 0;
            waiting = waiting.saturating_sub(1);
            let first = warms.then(|| self.warm_call(&mut inner));
            self.spawn(&mut inner, first);
        }
        self.status.send_replace(Status { state: State::Ready, error: None });
    }

    /// Notes that a worker's job is over; false when the worker is to end.
    pub(super) fn finished(&self, worker: u64, job: u64, ended: Ended) -> bool {
        let mut inner = self.lock();
        let busy = inner.workers.get(&worker).and_then(|slot| slot.busy);
        let busy = busy.filter(|busy| !inner.stood_still(busy));
        match busy {
            None if inner.workers.contains_key(&worker) => inner.breaker.gone(job),
            _ => self.note(&mut inner, job, &ended),
        }
        let Some(slot) = inner.workers.get_mut(&worker) else { return false };
        slot.busy = None;
        if let Some(busy) = busy.filter(|_| ended != Ended::Abandoned) {
            inner.took(busy.since.elapsed());
        }
        match (self.state(), ended) {
            (State::Warming, Ended::Failed(error) | Ended::NotWarmed(error)) => {
                self.fail_warm_up(&mut inner, error);
            }
            (State::Warming, Ended::Abandoned) if inner.queue.is_empty() => {
                self.cool(&mut inner, None);
            }
            _ => {}
        }
        inner.workers.contains_key(&worker)
    }

    /// Tells the breaker how a job ended. When it opens, no job that waits is tried any more.
    fn note(&self, inner: &mut Inner, job: u64, ended: &Ended) {
        let error = match ended {
            Ended::Answered => return inner.breaker.answered(),
            Ended::Abandoned | Ended::NotWarmed(_) => return inner.breaker.gone(job),
            Ended::Failed(error) => error,
        };
        let now = Instant::now();
        if !inner.breaker.failed(error, now) {
            return;
        }
        let pause = inner.breaker.look(now).1.unwrap_or_default();
        tracing::warn!(pool = self.name, %error, pause_ms = ms(pause), "calls fail at once now");
        metrics::breaker_opened(self.name);
        let jobs: Vec<Waiting> = inner.queue.drain().collect();
        for waiting in jobs {
            waiting.job.refuse(self.unavailable(inner, pause));
        }
    }

    /// Leaves the pool cold, unless the failure says nothing about the jobs that wait.
    fn fail_warm_up(&self, inner: &mut Inner, error: ProviderError) {
        tracing::warn!(pool = self.name, %error, "warming up failed");
        // A refusal may be about one caller's words alone, so the next caller tries its own.
        if !error.is_transient() && !inner.warm_all && !inner.queue.is_empty() {
            self.status.send_modify(|status| status.error = Some(error));
            return;
        }
        let jobs: Vec<Waiting> = inner.queue.drain().collect();
        for waiting in jobs {
            inner.breaker.gone(waiting.id);
            waiting.job.refuse(error.clone().into());
        }
        self.cool(inner, Some(error));
    }

    pub(super) fn cool(&self, inner: &mut Inner, error: Option<ProviderError>) {
        inner.workers.clear();
        inner.warm_all = false;
        self.status.send_replace(Status { state: State::Cold, error });
    }

    /// Replaces workers whose job is older than the health limit; false when there are no workers to watch.
    pub(super) fn replace_stuck(self: &Arc<Self>) -> bool {
        let mut inner = self.lock();
        let limit = self.limits.health;
        let is_stuck = |slot: &Slot| slot.busy.is_some_and(|busy| busy.since.elapsed() >= limit);
        let stuck: Vec<u64> =
            inner.workers.iter().filter(|(_, slot)| is_stuck(slot)).map(|(id, _)| *id).collect();
        for id in &stuck {
            let Some(slot) = inner.workers.remove(id) else { continue };
            slot.task.abort();
            tracing::warn!(pool = self.name, worker = id, "a stuck worker is replaced");
            match slot.busy {
                Some(busy) if inner.stood_still(&busy) => inner.breaker.gone(busy.job),
                Some(busy) => self.note(&mut inner, busy.job, &Ended::Failed(self.lost())),
                None => {}
            }
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
    /// Notes how long a job held its worker.
    fn took(&mut self, time: Duration) {
        let usual = self.usual.unwrap_or(time);
        self.usual = Some(usual.mul_f64(1.0 - NEWEST_SHARE) + time.mul_f64(NEWEST_SHARE));
    }

    /// When a job that came last would have its turn.
    fn turn(&self, workers: usize) -> Duration {
        let Some(usual) = self.usual else { return USUAL_RETRY };
        let jobs = u32::try_from(self.queue.len() + 1).unwrap_or(u32::MAX);
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        (usual.saturating_mul(jobs) / workers.max(1)).clamp(Duration::from_secs(1), LONGEST_RETRY)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
