//! How long to wait before a task that ended is started again.

use std::time::Duration;

/// The first delay, which doubles with each failure.
pub const FIRST: Duration = Duration::from_secs(1);

/// The longest delay. ECS goes up to 27 minutes; on one machine, someone is waiting for the fix.
pub const LONGEST: Duration = Duration::from_secs(60);

/// How long a task must have been healthy for its failures to be forgotten.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// The delays between one failing thing's restarts.
#[derive(Clone, Debug)]
pub struct Backoff {
    failures: u32,
    chance: fastrand::Rng,
}

impl Backoff {
    /// No failure so far. Equal seeds give equal delays.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { failures: 0, chance: fastrand::Rng::with_seed(seed) }
    }

    /// Notes a failure, and returns how long to wait: between half and all of the doubled delay, so that many do not restart as one.
    pub fn failed(&mut self) -> Duration {
        let doubled = FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        doubled.min(LONGEST).mul_f64(0.5 + self.chance.f64() / 2.0)
    }

    /// Notes for how long a task has been healthy; past [`FORGOTTEN_AFTER`], the delays begin anew.
    pub fn healthy_for(&mut self, duration: Duration) {
        if duration >= FORGOTTEN_AFTER {
            self.failures = 0;
        }
    }

    /// The failures that have not been forgotten.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn delays_double_up_to_a_minute() {
        let mut backoff = Backoff::new(7);
        for whole in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let whole = Duration::from_secs(whole);
            let delay = backoff.failed();
            assert!(delay >= whole / 2 && delay <= whole, "{delay:?} for {whole:?}");
        }
    }

    #[test]
    fn a_task_that_stayed_healthy_begins_anew() {
        let mut backoff = Backoff::new(7);
        (0..10).for_each(|_| {
            backoff.failed();
        });
        backoff.healthy_for(Duration::from_secs(59));
        assert_eq!(backoff.failures(), 10);
        backoff.healthy_for(Duration::from_secs(60));
        assert_eq!(backoff.failures(), 0);
        assert!(backoff.failed() <= FIRST);
    }

    proptest! {
        #[test]
        fn equal_seeds_give_equal_delays_within_bounds(seed: u64, failures in 1_usize..80) {
            let (mut one, mut other) = (Backoff::new(seed), Backoff::new(seed));
            for _ in 0..failures {
                let delay = one.failed();
                prop_assert_eq!(delay, other.failed());
                prop_assert!(delay >= FIRST / 2 && delay <= LONGEST);
            }
        }
    }
}
