//! The routing table: which targets there are, how they do, and which of them gets the next request.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
};

use ragctl_stacks::{resource::Algorithm, timing::health::Health};
use tokio::sync::{Notify, watch};

/// How a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Registered, not yet known to be healthy.
    Initial,
    /// Its probes pass.
    Healthy,
    /// Its probes fail.
    Unhealthy,
    /// Finishes what it has, gets nothing new.
    Draining,
}

impl TargetState {
    /// What its probes have found; nothing is told of one that drains.
    #[must_use]
    pub const fn health(self) -> Option<Health> {
        match self {
            Self::Initial => Some(Health::Initial),
            Self::Healthy => Some(Health::Healthy),
            Self::Unhealthy => Some(Health::Unhealthy),
            Self::Draining => None,
        }
    }
}

/// A target, as a request may be passed on to it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name: the task's id.
    pub id: Arc<str>,
    /// Where it listens.
    pub address: SocketAddr,
    /// How it stands.
    pub state: TargetState,
    /// Why it is not healthy, as its last probe says.
    pub reason: Option<Arc<str>>,
    load: Arc<Load>,
}

impl Target {
    /// The requests that it is answering.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.load.in_flight.load(Ordering::SeqCst)
    }
}

/// All targets at one moment, in the order of their registration.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    all: Vec<Target>,
    /// Those that get requests, as indices of `all`.
    open: Vec<usize>,
    /// How often it has come to answer, having not been able to.
    openings: u64,
}

impl Targets {
    /// Every target, draining ones included.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.all.iter()
    }

    /// The target of this name.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Target> {
        self.all.iter().find(|target| &*target.id == id)
    }

    /// How many are in this state.
    #[must_use]
    pub fn count(&self, state: TargetState) -> usize {
        self.all.iter().filter(|target| target.state == state).count()
    }

    /// Whether one is known to answer: a healthy one, or an unhealthy one that is used for want of better.
    #[must_use]
    pub fn can_answer(&self) -> bool {
        self.open.iter().any(|index| self.all[*index].state != TargetState::Initial)
    }

    /// How often the table has come to answer, having not been able to.
    pub(super) fn openings(&self) -> u64 {
        self.openings
    }

    /// Finds those that get requests: the healthy; when there is none, all but the draining (fail-open).
    fn reopen(&mut self) {
        let which = |fits: fn(TargetState) -> bool| {
            let indices = self.all.iter().enumerate();
            indices.filter(|(_, t)| fits(t.state)).map(|(index, _)| index).collect::<Vec<_>>()
        };
        self.open = which(|state| state == TargetState::Healthy);
        if self.open.is_empty() {
            self.open = which(|state| state != TargetState::Draining);
        }
    }
}

/// The routing table. Clones are the same table.
#[derive(Clone, Debug)]
pub struct Table {
    targets: Arc<watch::Sender<Arc<Targets>>>,
    turn: Arc<AtomicUsize>,
}

impl Default for Table {
    fn default() -> Self {
        Self { targets: Arc::new(watch::Sender::default()), turn: Arc::default() }
    }
}

impl Table {
    /// Adds a target, not yet known to be healthy. One of the same name is replaced.
    pub fn register(&self, id: &str, address: SocketAddr) {
        let target = Target {
            id: id.into(),
            address,
            state: TargetState::Initial,
            reason: None,
            load: Arc::default(),
        };
        self.edit(|all| {
            all.retain(|other| other.id != target.id);
            all.push(target);
            true
        });
    }

    /// Lets a target finish what it has; it gets nothing new.
    pub fn drain(&self, id: &str) {
        self.change(id, |target| {
            let was = std::mem::replace(&mut target.state, TargetState::Draining);
            target.load.closed.store(true, Ordering::SeqCst);
            was != TargetState::Draining
        });
    }

    /// Takes a target out. What it still answers is not cut off.
    pub fn deregister(&self, id: &str) {
        self.edit(|all| {
            let leaving = all.extract_if(.., |target| &*target.id == id);
            leaving.inspect(|target| target.load.closed.store(true, Ordering::SeqCst)).count() > 0
        });
    }

    /// Notes what a probe found of a target. A draining target stays draining.
    pub fn report(&self, id: &str, health: Health, reason: Option<String>) {
        self.change(id, |target| {
            if target.state == TargetState::Draining {
                return false;
            }
            let state = match health {
                Health::Initial => TargetState::Initial,
                Health::Healthy => TargetState::Healthy,
                Health::Unhealthy => TargetState::Unhealthy,
            };
            let reason: Option<Arc<str>> = reason.map(Into::into);
            let changes = target.state != state || target.reason != reason;
            target.state = state;
            target.reason = reason;
            changes
        });
    }

    /// Returns once a target answers nothing any more, or is not in the table.
    pub async fn drained(&self, id: &str) {
        let Some(load) = self.targets().find(id).map(|target| target.load.clone()) else { return };
        loop {
            let emptied = load.emptied.notified();
            tokio::pin!(emptied);
            // Armed before the look, so that an answer that ends in between is not missed.
            emptied.as_mut().enable();
            if load.in_flight.load(Ordering::SeqCst) == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// All targets now.
    #[must_use]
    pub fn targets(&self) -> Arc<Targets> {
        self.targets.borrow().clone()
    }

    /// Tells each change of the table: of its targets and of their states.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Targets>> {
        self.targets.subscribe()
    }

    /// The requests in flight at all targets.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.targets.borrow().iter().map(Target::in_flight).sum()
    }

    /// The target for the next request, which counts as in flight until the pick is dropped; never `but`.
    pub(super) fn pick(&self, algorithm: Algorithm, but: Option<SocketAddr>) -> Option<Picked> {
        // A target that closes between the look and the count is looked for again: then the table has changed.
        loop {
            let targets = self.targets();
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            let count = targets.open.len();
            let mut in_turn = (0..count)
                .map(|step| &targets.all[targets.open[turn.wrapping_add(step) % count]])
                .filter(|target| Some(target.address) != but);
            let target = match algorithm {
                Algorithm::RoundRobin => in_turn.next(),
                Algorithm::LeastOutstandingRequests => in_turn.min_by_key(|it| it.in_flight()),
            }?;
            if let Some(picked) = Picked::of(target) {
                return Some(picked);
            }
        }
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Target) -> bool) {
        self.edit(|all| all.iter_mut().find(|target| &*target.id == id).is_some_and(change));
    }

    fn edit(&self, edit: impl FnOnce(&mut Vec<Target>) -> bool) {
        self.targets.send_if_modified(|targets| {
            let mut new = Targets::clone(targets);
            let changed = edit(&mut new.all);
            if changed {
                new.reopen();
                new.openings += u64::from(new.can_answer() && !targets.can_answer());
                *targets = Arc::new(new);
            }
            changed
        });
    }
}

/// What a target has to do, shared by all snapshots of the table.
#[derive(Debug, Default)]
struct Load {
    in_flight: AtomicU32,
    closed: AtomicBool,
    emptied: Notify,
}

/// A target that has been picked for a request. Dropping it ends the request.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) id: Arc<str>,
    pub(super) address: SocketAddr,
    load: Arc<Load>,
}

impl Picked {
    /// Counts first and looks then, as `drain` closes first and counts then: one of the two sees the other.
    fn of(target: &Target) -> Option<Self> {
        let load = target.load.clone();
        load.in_flight.fetch_add(1, Ordering::SeqCst);
        let picked = Self { id: target.id.clone(), address: target.address, load };
        (!picked.load.closed.load(Ordering::SeqCst)).then_some(picked)
    }
}

impl Drop for Picked {
    fn drop(&mut self) {
        if self.load.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.load.emptied.notify_waiters();
        }
    }
}
