//! Virtual time: real time at a scale, for the state machines of [`ragctl_stacks::timing`].

use std::time::Duration;

use tokio::time::Instant;

/// How many times faster than real time virtual time runs: at 60, a minute passes in a second.
///
/// Between 0.001 and 100,000. Default: 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeScale(f64);

/// The time scale is not a number between 0.001 and 100,000.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a time scale is a number between 0.001 and 100000, not {0}")]
pub struct ScaleOutOfRange(pub f64);

impl TimeScale {
    /// Real time.
    pub const REAL: Self = Self(1.0);

    /// Refuses what no clock can follow.
    ///
    /// # Errors
    ///
    /// [`ScaleOutOfRange`] below 0.001, above 100,000, and for what is not a number.
    pub fn new(factor: f64) -> Result<Self, ScaleOutOfRange> {
        (0.001..=100_000.0).contains(&factor).then_some(Self(factor)).ok_or(ScaleOutOfRange(factor))
    }

    /// The factor.
    #[must_use]
    pub fn factor(self) -> f64 {
        self.0
    }
}

impl Default for TimeScale {
    fn default() -> Self {
        Self::REAL
    }
}

/// Tells virtual time, from zero at its start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    scale: TimeScale,
}

/// The furthest that a clock sleeps at once: far past any timing, near enough for every platform's timer.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

impl Clock {
    /// A clock that starts at zero, now.
    #[must_use]
    pub fn start(scale: TimeScale) -> Self {
        Self { start: Instant::now(), scale }
    }

    /// How fast it runs.
    #[must_use]
    pub fn scale(&self) -> TimeScale {
        self.scale
    }

    /// The virtual time since its start.
    #[must_use]
    pub fn now(&self) -> Duration {
        times(self.start.elapsed(), self.scale.0)
    }

    /// How long a virtual duration takes in real time.
    #[must_use]
    pub fn real(&self, duration: Duration) -> Duration {
        times(duration, 1.0 / self.scale.0)
    }

    /// How much virtual time passes in a real duration.
    #[must_use]
    pub fn passed_in(&self, real: Duration) -> Duration {
        times(real, self.scale.0)
    }

    /// Returns once the virtual time `at` has come; at once when it has passed.
    ///
    /// Never early: when it returns, [`now`](Self::now) is at or past `at`.
    pub async fn sleep_until(&self, at: Duration) {
        loop {
            let now = self.now();
            if now >= at {
                return;
            }
            // A float may round the wait down to nothing; a timer's finest step keeps this from spinning.
            let wait = self.real(at - now).max(Duration::from_millis(1));
            tokio::time::sleep(wait.min(FAR)).await;
        }
    }

    /// Returns after a virtual duration.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().saturating_add(duration)).await;
    }
}

fn times(duration: Duration, factor: f64) -> Duration {
    if factor == 1.0 {
        return duration;
    }
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn at_scale_60_a_minute_passes_in_a_second() {
        let clock = Clock::start(TimeScale::new(60.0).unwrap());
        let before = Instant::now();
        clock.sleep(60 * SECOND).await;
        assert!(clock.now() >= 60 * SECOND);
        let real = before.elapsed();
        assert!(real >= SECOND && real < SECOND + Duration::from_millis(5), "took {real:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_clock_passes_a_second_in_ten() {
        let clock = Clock::start(TimeScale::new(0.1).unwrap());
        tokio::time::advance(10 * SECOND).await;
        assert_eq!(clock.now(), SECOND);
        assert_eq!(clock.real(SECOND), 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_that_has_passed_is_not_waited_for() {
        let clock = Clock::start(TimeScale::REAL);
        tokio::time::advance(5 * SECOND).await;
        let before = Instant::now();
        clock.sleep_until(3 * SECOND).await;
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_never_ends_early() {
        for factor in [0.37, 1.0, 7.0, 60.0, 99_999.0] {
            let clock = Clock::start(TimeScale::new(factor).unwrap());
            for n in 1..20 {
                let at = Duration::from_millis(333 * n);
                clock.sleep_until(at).await;
                assert!(clock.now() >= at, "at scale {factor}");
            }
        }
    }

    #[test]
    fn a_scale_is_a_sane_number() {
        for wrong in [0.0, -1.0, 0.0009, 100_001.0, f64::NAN, f64::INFINITY] {
            assert!(TimeScale::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(TimeScale::new(60.0).unwrap().factor(), 60.0);
    }
}
