//! The times at which requests come, one after the other.

use std::time::Duration;

use super::Traffic;

const HOUR: f64 = 3600.0;

/// The times of requests, in order; made one by one, so that a long time takes no more memory than a short one.
#[derive(Clone, Debug)]
pub struct Arrivals {
    traffic: Traffic,
    chance: fastrand::Rng,
    /// Seconds so far.
    at: f64,
    /// How many there were.
    count: usize,
    length: Duration,
}

impl Arrivals {
    pub(super) fn new(traffic: Traffic, seed: u64, length: Duration) -> Self {
        Self { traffic, chance: fastrand::Rng::with_seed(seed), at: 0.0, count: 0, length }
    }

    /// The next second at which one comes by chance: after as much of the expected requests as chance says.
    fn by_chance(&mut self) -> Option<f64> {
        let Traffic::Week(week) = &self.traffic else { return None };
        if week.is_silent() {
            return None;
        }
        // How long chance waits does not depend on what was before: an exponential distribution.
        let mut expected = -(1.0 - self.chance.f64()).ln();
        loop {
            let hour = (self.at / HOUR).floor();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "seconds of a simulation are far from any limit, and not negative"
            )]
            let a_second = week.rate_in(hour as u64) / HOUR;
            let left = (hour + 1.0) * HOUR - self.at;
            if a_second * left > expected {
                self.at += expected / a_second;
                return Some(self.at);
            }
            expected -= a_second * left;
            self.at = (hour + 1.0) * HOUR;
            if self.at > self.length.as_secs_f64() {
                return None;
            }
        }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let at = match &self.traffic {
            Traffic::Log(log) => *log.times().get(self.count)?,
            Traffic::Week(_) => Duration::from_secs_f64(self.by_chance()?),
        };
        self.count += 1;
        (at < self.length).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn traffic(pattern: &str) -> Traffic {
        Traffic::Week(pattern.parse().unwrap())
    }

    #[test]
    fn as_many_come_as_the_rate_says_and_only_in_its_hours() {
        let times: Vec<_> = traffic("office 100/h").arrivals(7, 28 * DAY).collect();
        let wanted = 4.0 * 50.0 * 100.0;
        let count = f64::from(u32::try_from(times.len()).unwrap());
        assert!((count - wanted).abs() < 4.0 * wanted.sqrt(), "{count}");
        let hour = |it: &Duration| it.as_secs() / 3600 % 24;
        assert!(times.iter().all(|it| (8..18).contains(&hour(it))));
        assert!(times.iter().all(|it| it.as_secs() / 86_400 % 7 < 5));
    }

    #[test]
    fn the_same_seed_gives_the_same_times_and_another_one_others() {
        let times = |seed| traffic("10/h").arrivals(seed, DAY).collect::<Vec<_>>();
        assert_eq!(times(1), times(1));
        assert_ne!(times(1), times(2));
    }

    #[test]
    fn nobody_comes_where_nobody_is_expected() {
        assert_eq!(traffic("0/h").arrivals(1, 365 * DAY).count(), 0);
    }

    proptest! {
        #[test]
        fn they_come_in_order_and_within_the_time(seed: u64, rate in 0.01_f64..1000.0, hours in 1_u64..100) {
            let length = Duration::from_secs(hours * 3600);
            let times: Vec<_> =
                Traffic::steady(super::super::Rate::an_hour(rate)).arrivals(seed, length).collect();
            prop_assert!(times.windows(2).all(|it| it[0] <= it[1]));
            prop_assert!(times.last().is_none_or(|it| *it < length));
        }
    }
}
