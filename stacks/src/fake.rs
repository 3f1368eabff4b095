//! A backend in memory. It behaves: it refuses what a real one would refuse, and passes the same contract.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{
    address::Address,
    backend::{Backend, BackendError, Reply},
    event::{Event, Events},
    lease::Lease,
    live::Live,
    plan::{Action, Step},
    resource::{Job, Resource},
    status::Status,
};

/// What a fake holds. It can be kept in a file between two commands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FakeState {
    /// What exists.
    pub resources: BTreeMap<Address, Resource>,
    /// The lease that is held.
    pub lease: Option<Lease>,
    /// Whether it sleeps.
    #[serde(default)]
    pub asleep: bool,
    /// Addresses whose steps are refused, for tests of what happens then.
    #[serde(default)]
    pub refuses: Vec<Address>,
}

/// A backend in memory.
#[derive(Debug, Default)]
pub struct Fake {
    state: Mutex<FakeState>,
}

impl Fake {
    /// A fake that starts with `state`.
    #[must_use]
    pub const fn new(state: FakeState) -> Self {
        Self { state: Mutex::new(state) }
    }

    /// What it holds now.
    #[must_use]
    pub fn state(&self) -> FakeState {
        self.lock().clone()
    }

    /// Refuses every further step on `address`, or none with `None`.
    pub fn refuse(&self, address: Option<Address>) {
        self.lock().refuses = address.into_iter().collect();
    }

    fn lock(&self) -> MutexGuard<'_, FakeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeState {
    fn put(&mut self, it: &Resource) -> Reply<()> {
        let address = it.address();
        if let Some(needs) = it.needs().into_iter().find(|it| !self.resources.contains_key(it)) {
            return Err(BackendError::Missing { address, needs });
        }
        self.resources.insert(address, it.clone());
        Ok(())
    }

    /// Lets it sleep or not; whether it did otherwise.
    fn turn(&mut self, asleep: bool) -> Reply<bool> {
        let sleeps = |it: &Resource| match it {
            Resource::Idle(_) => true,
            Resource::Function(it) => matches!(it.job, Job::Wake(_)),
            _ => false,
        };
        if !self.resources.values().any(sleeps) {
            return Err(BackendError::NeverSleeps);
        }
        Ok(std::mem::replace(&mut self.asleep, asleep) != asleep)
    }

    fn remove(&mut self, address: &Address) -> Reply<()> {
        let user = self.resources.values().find(|it| it.needs().contains(address));
        if let Some(user) = user {
            let (address, needed_by) = (address.clone(), user.address());
            return Err(BackendError::StillNeeded { address, needed_by });
        }
        self.resources.remove(address);
        Ok(())
    }
}

impl Backend for Fake {
    async fn live(&self) -> Reply<Live> {
        Ok(self.lock().resources.values().cloned().collect())
    }

    async fn perform(&self, step: &Step, events: &dyn Events) -> Reply<()> {
        let address = &step.address;
        if self.lock().refuses.contains(address) {
            let operation = format!("{} {address}", step.action.verb());
            return Err(BackendError::Refused {
                operation,
                reason: "as the test asked".to_owned(),
            });
        }
        events.tell(Event::StepProgressed {
            address: address.clone(),
            note: "pretending".to_owned(),
        });
        match &step.action {
            Action::Create(to) | Action::Update { to, .. } | Action::Replace { to, .. } => {
                self.lock().put(to)
            }
            Action::Delete(_) => self.lock().remove(address),
        }
    }

    async fn take_lease(&self, lease: &Lease) -> Reply<()> {
        let mut state = self.lock();
        match &state.lease {
            Some(held) if held.id != lease.id && !held.has_expired(lease.taken_at) => {
                Err(BackendError::Leased(Box::new(held.clone())))
            }
            _ => {
                state.lease = Some(lease.clone());
                Ok(())
            }
        }
    }

    async fn release_lease(&self, id: &str) -> Reply<()> {
        let mut state = self.lock();
        state.lease = state.lease.take().filter(|held| held.id != id);
        Ok(())
    }

    async fn lease(&self) -> Reply<Option<Lease>> {
        Ok(self.lock().lease.clone())
    }

    async fn status(&self) -> Reply<Option<Status>> {
        Ok(None)
    }

    async fn wake(&self) -> Reply<bool> {
        self.lock().turn(false)
    }

    async fn sleep(&self) -> Reply<bool> {
        self.lock().turn(true)
    }
}
