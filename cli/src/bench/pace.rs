//! The stack's own time: real time at a scale.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// How many times faster than real the stack's time runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(pub(crate) f64);

impl Pace {
    /// How long `seconds` of the stack take.
    pub(super) fn real(self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds / self.0)
    }

    /// How many seconds of the stack have passed in `real`.
    pub(super) fn seconds(self, real: Duration) -> f64 {
        real.as_secs_f64() * self.0
    }
}

/// When something was asked for. Moments after it are in seconds of the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) pace: Pace,
    began: Instant,
    at: Timestamp,
}

impl Asked {
    /// Now.
    pub(super) fn now(pace: Pace) -> Self {
        Self { pace, began: Instant::now(), at: Timestamp::now() }
    }

    /// Seconds since then.
    pub(super) fn elapsed(self) -> f64 {
        self.pace.seconds(self.began.elapsed())
    }

    /// Seconds from then to a moment on the calendar; 0 for one before it.
    pub(super) fn until(self, moment: Timestamp) -> f64 {
        let real = Duration::try_from(moment.duration_since(self.at)).unwrap_or_default();
        self.pace.seconds(real)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_makes_real_time_shorter_and_what_was_measured_longer() {
        let pace = Pace(10.0);
        assert_eq!(pace.real(30.0), Duration::from_secs(3));
        assert!((pace.seconds(Duration::from_millis(1500)) - 15.0).abs() < 1e-9);
        let asked = Asked::now(pace);
        assert!((asked.until(asked.at + Duration::from_secs(2)) - 20.0).abs() < 1e-9);
        assert!(asked.until(asked.at - Duration::from_secs(2)).abs() < 1e-9);
    }
}
