//! Time that passed, also while the process stood still.

use std::time::{Duration, Instant, SystemTime};

/// A moment from which on time is counted, by two clocks of which the longer time counts: the clock that never goes back
/// may stand still together with the process, and the other one may be set back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elapsed {
    steady: Instant,
    wall: SystemTime,
}

impl Elapsed {
    pub(crate) fn from_now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    pub(crate) fn time(&self) -> Duration {
        self.steady.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_clock_hides_that_time_has_passed() {
        let (hour, now) = (Duration::from_secs(3600), Elapsed::from_now());
        let wall = Elapsed { wall: now.wall - hour, ..now };
        assert!(wall.time() >= hour, "the steady clock stood still");
        let steady =
            Elapsed { steady: now.steady.checked_sub(hour).unwrap(), wall: now.wall + hour };
        assert!(steady.time() >= hour, "the wall clock was set back");
    }
}
