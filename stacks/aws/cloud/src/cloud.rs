//! The handle by which a test holds its account.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::account::Account;
use crate::calls::{Call, Counter, Traffic};
use crate::faults::{Dice, Faults};
use crate::pace::Pace;
use crate::server;

/// An AWS account in memory behind a loopback HTTP server.
///
/// Cheap to clone; the server stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Cloud {
    state: Arc<State>,
    running: Arc<Running>,
}

/// What the handle and the server share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) account: Mutex<Account>,
    pub(crate) desk: Mutex<Desk>,
}

/// All that is about calls rather than about what exists.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) dice: Dice,
    pub(crate) calls: Vec<Call>,
    pub(crate) counter: Counter,
    /// How many mutating calls until one stalls.
    pub(crate) stall_in: Option<usize>,
    pub(crate) stalled: bool,
    pub(crate) requests: u64,
}

#[derive(Debug)]
struct Running {
    endpoint: String,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = lock(&self.stop).take() {
            // The server may have gone first, which is as good.
            let _gone = stop.send(());
        }
    }
}

/// Locks, also when a test panicked while it held the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cloud {
    /// Opens an account with nothing in it but the default network.
    ///
    /// It serves on a thread and runtime of its own, so that blocking tests can use it too.
    ///
    /// # Panics
    ///
    /// When the machine gives no loopback port or no thread.
    #[expect(
        clippy::unused_async,
        reason = "starting may have to wait in future, and tests await it"
    )]
    pub async fn start() -> Self {
        Self::start_blocking()
    }

    /// [`Cloud::start`] for tests without a runtime.
    ///
    /// # Panics
    ///
    /// As [`Cloud::start`].
    pub fn start_blocking() -> Self {
        let desk = Desk {
            dice: Dice::new(Faults::default()),
            calls: Vec::new(),
            counter: Counter::default(),
            stall_in: None,
            stalled: false,
            requests: 0,
        };
        let state = Arc::new(State { account: Mutex::new(Account::new()), desk: Mutex::new(desk) });
        let (stop, stopped) = oneshot::channel();
        let address = server::spawn(Arc::clone(&state), stopped)
            .expect("a loopback port and a thread are to be had");
        let endpoint = format!("http://{address}");
        lock(&state.account).endpoint.clone_from(&endpoint);
        Self { state, running: Arc::new(Running { endpoint, stop: Mutex::new(Some(stop)) }) }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        self.running.endpoint.clone()
    }

    /// Makes calls fail from now on; chance begins again at the seed.
    pub fn set_faults(&self, faults: Faults) {
        lock(&self.state.desk).dice = Dice::new(faults);
    }

    /// Lets the n-th mutating call from now on (the first is 1) be carried out but never answered.
    ///
    /// Calls refused by [`Faults`] before any work do not count. `None` lets no call stall.
    pub fn stall_at(&self, n: Option<usize>) {
        let mut desk = lock(&self.state.desk);
        desk.stall_in = n;
        desk.stalled = false;
    }

    /// Whether the call chosen by [`Cloud::stall_at`] has come.
    pub fn stalled(&self) -> bool {
        lock(&self.state.desk).stalled
    }

    /// Every call since the start, or since [`Cloud::clear_calls`], in the order of their answers.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state.desk).calls.clone()
    }

    /// Forgets the calls and the traffic so far.
    pub fn clear_calls(&self) {
        let mut desk = lock(&self.state.desk);
        desk.calls.clear();
        desk.counter.clear();
    }

    /// How busy the account was since the start, or since [`Cloud::clear_calls`].
    pub fn traffic(&self) -> Traffic {
        lock(&self.state.desk).counter.traffic()
    }

    /// All that exists now but networks, what tests planted, INACTIVE clusters and services, and
    /// deleted task definitions. Empty when the account is clean.
    ///
    /// A line is the service, the kind and the name: `ecs service api`.
    pub fn leftovers(&self) -> Vec<String> {
        self.with(|account| account.leftovers())
    }

    /// Works on the account itself: plants others' resources, changes things by hand, looks.
    ///
    /// The account is locked meanwhile: `work` must not call this [`Cloud`] again.
    pub fn with<T>(&self, work: impl FnOnce(&mut Account) -> T) -> T {
        let mut account = lock(&self.state.account);
        account.advance();
        work(&mut account)
    }

    /// How long the slow things take from now on.
    pub fn set_pace(&self, pace: Pace) {
        self.with(|account| account.pace = pace);
    }
}
