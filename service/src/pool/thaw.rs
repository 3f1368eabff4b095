//! What a pool forgets when its process stood still for long, as a function on AWS Lambda does between two requests.
//!
//! Time then passes in one step, whether or not the clock of `Instant` counts it:
//!
//! - A call that was on its way has run out of time, and its connection is gone. It fails, is made anew by whoever has
//!   patience, and is no failure of the provider: several of them at once would open the breaker.
//! - A warm-up that was on its way would fail the request that finds it. It is given up; the request leads its own.
//! - What the breaker knew is old: it closes. Its pause is over in any case, unless the clock stood still, too.
//! - A worker that looks stuck is replaced, and teaches nothing either.

use tokio::time::Instant;

use super::{
    State,
    breaker::Breaker,
    state::{Busy, Inner, Shared},
};

impl Shared {
    /// To be called before anything is asked of the pool again.
    pub(super) fn thawed(&self) {
        let mut inner = self.lock();
        inner.thawed_at = Some(Instant::now());
        inner.breaker = Breaker::default();
        if self.state() == State::Warming && inner.queue.is_empty() {
            inner.workers.values().for_each(|slot| slot.task.abort());
            self.cool(&mut inner, None);
        }
    }
}

impl Inner {
    /// Whether a job is older than the last time that the process stood still.
    pub(super) fn stood_still(&self, busy: &Busy) -> bool {
        self.thawed_at.is_some_and(|at| busy.since < at)
    }
}
