//! The balancer's view of one target, from the outcomes of its probes.
//!
//! As an Application Load Balancer does it: a new target needs one good probe, whatever the threshold; one that was unhealthy needs
//! `healthy_threshold` in a row. <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use std::{ops::RangeInclusive, str::FromStr, time::Duration};

use crate::resource::HealthCheck;

/// Whether a target may get requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Registered, and not yet known.
    Initial,
    /// Its probes pass.
    Healthy,
    /// Its probes fail.
    Unhealthy,
}

/// How a probe ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Answered in time, with a status that the matcher holds.
    Passed,
    /// Anything else.
    Failed,
}

/// One target's health, and when its next probe is due.
#[derive(Clone, Debug)]
pub struct TargetHealth {
    health: Health,
    streak: u32,
    due: Duration,
    begun: Option<Duration>,
    /// When the last failure that counted began, while nothing is known yet.
    counted: Option<Duration>,
    interval: Duration,
    first: Duration,
    healthy_threshold: u32,
    unhealthy_threshold: u32,
}

impl TargetHealth {
    /// A target registered at `at`. Its first probe is due at once.
    ///
    /// As long as nothing is known of it, it is probed every `first` where that is shorter than the interval; its failures
    /// count once an interval all the same. A balancer of AWS has no such haste: there, `first` is the interval.
    #[must_use]
    pub fn registered(at: Duration, check: &HealthCheck, first: Duration) -> Self {
        Self {
            health: Health::Initial,
            streak: 0,
            due: at,
            begun: None,
            counted: None,
            interval: check.interval,
            first,
            healthy_threshold: check.healthy_threshold.max(1),
            unhealthy_threshold: check.unhealthy_threshold.max(1),
        }
    }

    /// What is known of it.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health
    }

    /// When its next probe is due.
    #[must_use]
    pub fn due(&self) -> Duration {
        self.due
    }

    /// Notes that a probe begins at `at`: the next is due an interval later.
    pub fn begin(&mut self, at: Duration) {
        let at = self.begun.map_or(at, |begun| at.max(begun));
        self.begun = Some(at);
        self.due = at.saturating_add(self.pause());
    }

    fn pause(&self) -> Duration {
        match self.health {
            Health::Initial => self.interval.min(self.first),
            Health::Healthy | Health::Unhealthy => self.interval,
        }
    }

    /// Notes how a probe ended; the new health when it changed.
    pub fn ended(&mut self, probe: Probe) -> Option<Health> {
        if (self.health, probe) == (Health::Initial, Probe::Failed) && !self.counts() {
            return None;
        }
        let (against, needed, other) = match (self.health, probe) {
            (Health::Initial, Probe::Passed) => (true, 1, Health::Healthy),
            (Health::Unhealthy, Probe::Passed) => (true, self.healthy_threshold, Health::Healthy),
            (Health::Initial | Health::Healthy, Probe::Failed) => {
                (true, self.unhealthy_threshold, Health::Unhealthy)
            }
            (same @ Health::Healthy, Probe::Passed) | (same @ Health::Unhealthy, Probe::Failed) => {
                (false, 0, same)
            }
        };
        self.streak = if against { self.streak.saturating_add(1) } else { 0 };
        if !against || self.streak < needed {
            return None;
        }
        self.streak = 0;
        self.health = other;
        self.due = self.begun.map_or(self.due, |begun| begun.saturating_add(self.pause()));
        Some(other)
    }

    /// Whether an interval has passed since the last failure that counted; then this one does.
    fn counts(&mut self) -> bool {
        let since = |last: Duration| self.begun.is_none_or(|begun| begun - last >= self.interval);
        let counts = self.counted.is_none_or(since);
        if counts {
            self.counted = self.begun;
        }
        counts
    }

    /// Takes over an edited health check; what is known of the target stays.
    pub fn edit(&mut self, check: &HealthCheck) {
        self.interval = check.interval;
        self.healthy_threshold = check.healthy_threshold.max(1);
        self.unhealthy_threshold = check.unhealthy_threshold.max(1);
        if let Some(begun) = self.begun {
            self.due = begun.saturating_add(self.pause());
        }
    }
}

/// The statuses that mean healthy: `200`, `200,202`, `200-299`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher(Vec<RangeInclusive<u16>>);

/// The text names no statuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a list of statuses such as 200, 200,202 or 200-299")]
pub struct MatcherUnreadable(pub String);

impl Matcher {
    /// Whether `status` means healthy.
    #[must_use]
    pub fn holds(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl FromStr for Matcher {
    type Err = MatcherUnreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let status = |text: &str| {
            let text = text.trim();
            let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
            let status = text.parse().ok().filter(|status| (100..600).contains(status));
            if digits { status } else { None }
        };
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let range = status(first)?..=status(last)?;
            (!range.is_empty()).then_some(range)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        ranges.map(Self).ok_or_else(|| MatcherUnreadable(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Health::*, Probe::*, *};

    fn check(interval: u64, healthy: u32, unhealthy: u32) -> HealthCheck {
        HealthCheck {
            path: "/health".into(),
            matcher: "200".into(),
            interval: Duration::from_secs(interval),
            timeout: Duration::from_secs(5),
            healthy_threshold: healthy,
            unhealthy_threshold: unhealthy,
        }
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// What a run of probes (`+` and `-`) leads to.
    fn after(probes: &str, check: &HealthCheck) -> Health {
        let mut target = TargetHealth::registered(s(0), check, s(600));
        for probe in probes.chars() {
            target.ended(if probe == '+' { Passed } else { Failed });
        }
        target.health()
    }

    #[test]
    fn the_seeds_thresholds_of_two_and_three() {
        let table = [
            ("", Initial),
            ("+", Healthy),
            ("-", Initial),
            ("--", Initial),
            ("--+", Healthy),
            ("---", Unhealthy),
            ("---+", Unhealthy),
            ("---+-+", Unhealthy),
            ("---++", Healthy),
            ("+--", Healthy),
            ("+--+--", Healthy),
            ("+---", Unhealthy),
            ("+---++--", Healthy),
            ("+---++---", Unhealthy),
        ];
        for (probes, health) in table {
            assert_eq!(after(probes, &check(30, 2, 3)), health, "after {probes:?}");
        }
    }

    #[test]
    fn a_threshold_of_zero_is_one() {
        assert_eq!(after("-", &check(30, 0, 0)), Unhealthy);
        assert_eq!(after("-+", &check(30, 0, 0)), Healthy);
    }

    #[test]
    fn a_change_is_told_once() {
        let mut target = TargetHealth::registered(s(0), &check(30, 2, 2), s(600));
        let told: Vec<_> = [Passed, Passed, Failed, Failed, Failed, Passed, Passed, Passed]
            .into_iter()
            .map(|probe| target.ended(probe))
            .collect();
        assert_eq!(
            told,
            [Some(Healthy), None, None, Some(Unhealthy), None, None, Some(Healthy), None]
        );
    }

    #[test]
    fn the_first_probe_is_due_at_once_and_the_next_an_interval_after_it_began() {
        let mut target = TargetHealth::registered(s(100), &check(30, 2, 3), s(600));
        assert_eq!(target.due(), s(100));
        target.begin(s(101));
        assert_eq!(target.due(), s(131));
        target.begin(s(50));
        assert_eq!(target.due(), s(131), "time stands still rather than going back");
    }

    #[test]
    fn an_edited_interval_counts_from_the_last_probe() {
        let mut target = TargetHealth::registered(s(0), &check(300, 2, 3), s(600));
        target.edit(&check(30, 2, 3));
        assert_eq!(target.due(), s(0), "a first probe stays due");
        target.begin(s(10));
        target.ended(Passed);
        target.edit(&check(5, 2, 3));
        assert_eq!((target.due(), target.health()), (s(15), Healthy));
    }

    #[test]
    fn matchers_hold_what_they_name() {
        let table = [
            ("200", vec![200], vec![199, 201, 202]),
            ("200,202", vec![200, 202], vec![201, 503]),
            ("200-299", vec![200, 250, 299], vec![199, 300]),
            ("200, 301-302", vec![200, 301, 302], vec![303]),
        ];
        for (text, held, not) in table {
            let matcher: Matcher = text.parse().unwrap();
            assert!(held.iter().all(|status| matcher.holds(*status)), "{text}");
            assert!(!not.iter().any(|status| matcher.holds(*status)), "{text}");
        }
    }

    #[test]
    fn what_is_no_matcher_is_refused() {
        for text in ["", "ok", "200,", "299-200", "20", "2000", "099", "600", "+20", "200-", "2 0"]
        {
            assert_eq!(text.parse::<Matcher>(), Err(MatcherUnreadable(text.into())), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_changes_only_after_as_many_in_a_row_as_its_threshold(
            probes in prop::collection::vec(any::<bool>(), 0..200),
            healthy in 1_u32..6,
            unhealthy in 1_u32..6,
        ) {
            let mut target = TargetHealth::registered(s(0), &check(5, healthy, unhealthy), s(600));
            let mut row = (true, 0);
            for passed in probes {
                row = if row.0 == passed { (passed, row.1 + 1) } else { (passed, 1) };
                let before = target.health();
                match target.ended(if passed { Passed } else { Failed }) {
                    Some(Healthy) => prop_assert!(passed && (before == Initial || row.1 >= healthy)),
                    Some(Unhealthy) => prop_assert!(!passed && row.1 >= unhealthy),
                    Some(Initial) => prop_assert!(false, "nothing becomes unknown again"),
                    None => prop_assert_eq!(target.health(), before),
                }
            }
        }

        #[test]
        fn the_next_probe_never_moves_back(times in prop::collection::vec(0_u64..10_000, 1..50)) {
            let mut target = TargetHealth::registered(s(0), &check(5, 2, 3), s(600));
            for at in times {
                let before = target.due();
                target.begin(s(at));
                prop_assert!(target.due() >= before);
            }
        }
    }

    #[test]
    fn a_new_target_is_probed_often_but_its_failures_count_once_an_interval() {
        let mut target = TargetHealth::registered(s(0), &check(30, 2, 3), s(1));
        for second in 0..60 {
            target.begin(s(second));
            assert_eq!(target.ended(Failed), None, "at {second} s");
            assert_eq!(target.due(), s(second + 1));
        }
        target.begin(s(60));
        assert_eq!(target.ended(Failed), Some(Unhealthy));
        assert_eq!(target.due(), s(90), "what is known to be bad is probed at its interval");
    }

    #[test]
    fn a_new_target_is_healthy_at_its_first_good_probe() {
        let mut target = TargetHealth::registered(s(0), &check(30, 2, 3), s(1));
        target.begin(s(0));
        target.ended(Failed);
        target.begin(s(1));
        assert_eq!(target.ended(Passed), Some(Healthy));
        assert_eq!(target.due(), s(31));
    }
}
