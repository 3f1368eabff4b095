//! What a request gets that finds no target: the stack is woken, and the request waits, or its caller does.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ragctl_stacks::resource::WhileWaking;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};

use super::{
    Inner,
    counts::{Held, Purpose},
    refusal::Refusal,
    table::Picked,
};

/// The door to whoever starts tasks.
pub trait Waker: Send + Sync {
    /// Asks for a task. Returns at once. It may be asked again while requests wait, or with no need, so asking twice has to be
    /// the same as asking once.
    fn wake(&self);
}

/// How long the door is not rung again for the same want of a target. Ringing again at all heals a call that got lost with whoever
/// was to answer it.
const RING_AGAIN: Duration = Duration::from_secs(5);

/// Rings once, however many stand before it.
pub(super) struct Door {
    waker: Arc<dyn Waker>,
    rung: Mutex<Option<Rung>>,
    room: Semaphore,
}

struct Rung {
    at: Instant,
    /// How often the table had gained its first answering target.
    openings: u64,
}

impl Door {
    pub(super) fn new(waker: Arc<dyn Waker>, held: usize) -> Self {
        Self { waker, rung: Mutex::new(None), room: Semaphore::new(held) }
    }

    fn ring(&self, openings: u64) {
        let at = Instant::now();
        {
            let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
            let same =
                rung.as_ref().is_some_and(|r| r.openings == openings && at < r.at + RING_AGAIN);
            if same {
                return;
            }
            *rung = Some(Rung { at, openings });
        }
        self.waker.wake();
    }
}

impl Inner {
    /// The target for a request; wakes the stack and waits for one as the settings say.
    pub(super) async fn target(&self, purpose: Purpose) -> Result<Picked, Refusal> {
        if let Some(picked) = self.open_target() {
            return Ok(picked);
        }
        let Some(while_waking) = self.settings.borrow().while_waking else {
            return Err(Refusal::NoTarget);
        };
        match purpose {
            Purpose::User => {}
            // Nobody waits for its answer, so that it is not held.
            Purpose::Ping => {
                self.ring();
                return Err(Refusal::Accepted);
            }
            Purpose::Probe => return Err(Refusal::Asleep),
        }
        match while_waking {
            WhileWaking::Hold(bound) => self.hold(bound).await,
            WhileWaking::Accept => {
                self.ring();
                Err(Refusal::Accepted)
            }
            WhileWaking::Refuse => {
                self.ring();
                Err(Refusal::Waking(self.warming().await))
            }
        }
    }

    fn ring(&self) {
        self.door.ring(self.table.targets().openings());
    }

    /// A target, if there is one. Where the stack sleeps and wakes, one that has never been probed does not count: it is starting.
    fn open_target(&self) -> Option<Picked> {
        let (algorithm, sleeps) = {
            let settings = self.settings.borrow();
            (settings.algorithm, settings.while_waking.is_some())
        };
        if sleeps && !self.table.targets().can_answer() {
            return None;
        }
        self.table.pick(algorithm, None)
    }

    async fn hold(&self, bound: Duration) -> Result<Picked, Refusal> {
        let _room = self.door.room.try_acquire().map_err(|_| Refusal::TooManyHeld)?;
        let _held = Held::count(&self.counts);
        let until = Instant::now() + bound;
        // Subscribed before the look, so that a target that turns up in between is not missed.
        let mut table = self.table.subscribe();
        loop {
            if let Some(picked) = self.open_target() {
                return Ok(picked);
            }
            self.ring();
            let again = Instant::now() + RING_AGAIN;
            tokio::select! {
                changed = table.changed() => {
                    changed.expect("the table outlives its requests");
                }
                () = sleep_until(until.min(again)) => {}
            }
            if Instant::now() >= until {
                return self.open_target().ok_or(Refusal::HeldTooLong(bound));
            }
        }
    }
}
