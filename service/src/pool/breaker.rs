//! Keeps calls from a provider that fails again and again, so that callers learn it at once.
//!
//! ```text
//! closed ──failures in a row──▶ open ──pause is over──▶ half open ──answered──▶ closed
//!                                ▲                          │
//!                                └──────────failed──────────┘
//! ```
//!
//! Half open, one call goes to the provider, the trial; all others still fail at once. Pure: time is handed in. After a freeze
//! its pause is over, and a pool forgets it altogether (`thaw.rs`).

use std::time::Duration;

use tokio::time::Instant;

use crate::ports::ProviderError;

/// Failures in a row, each after all of its retries, that open the breaker.
const FAILURES: u32 = 5;

/// The pause after it opened; doubled each time a trial fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause of our own.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause that a provider may ask for. A mistaken header must not shut it off for a day.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// When to ask again while a trial is on its way.
const TRIAL: Duration = Duration::from_secs(1);

/// Whether calls go to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// They do.
    Closed,
    /// They fail at once.
    Open,
    /// One does, to try.
    HalfOpen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Open {
        until: Instant,
    },
    /// The trial is over when there is none: its caller went away, so that nothing was learned.
    HalfOpen {
        trial: Option<u64>,
    },
}

/// What is known of a provider's failures.
#[derive(Debug)]
pub(super) struct Breaker {
    phase: Phase,
    failures: u32,
    pause: Duration,
    /// The last failure, in words for callers.
    reason: String,
}

impl Default for Breaker {
    fn default() -> Self {
        let reason = String::new();
        Self { phase: Phase::Closed, failures: 0, pause: FIRST_PAUSE, reason }
    }
}

impl Breaker {
    /// Lets a job through, or tells when to come again. The first one after a pause becomes the trial.
    pub(super) fn admit(&mut self, job: u64, now: Instant) -> Result<(), Duration> {
        match self.phase {
            Phase::Closed => Ok(()),
            Phase::Open { until } if now < until => Err(until - now),
            Phase::HalfOpen { trial: Some(_) } => Err(TRIAL),
            Phase::Open { .. } | Phase::HalfOpen { trial: None } => {
                self.phase = Phase::HalfOpen { trial: Some(job) };
                Ok(())
            }
        }
    }

    /// A job was answered in full.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// An answer has begun. Enough for a trial; but one that breaks off each time is still a failure.
    pub(super) fn began(&mut self) {
        if self.phase != Phase::Closed {
            *self = Self::default();
        }
    }

    /// A job failed after all of its retries. True when the breaker opens by that.
    ///
    /// What is not transient says that the provider answers, and is about one caller's words or the settings.
    pub(super) fn failed(&mut self, error: &ProviderError, now: Instant) -> bool {
        if !error.is_transient() {
            self.answered();
            return false;
        }
        self.reason = error.to_string();
        let asked = match error {
            ProviderError::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let asked = asked.min(LONGEST_ASKED);
        match self.phase {
            Phase::Closed => {
                self.failures += 1;
                if self.failures < FAILURES {
                    return false;
                }
            }
            // A call that was on its way when the breaker opened. Only the provider's own wish is news.
            Phase::Open { until } => {
                self.phase = Phase::Open { until: until.max(now + asked) };
                return false;
            }
            Phase::HalfOpen { .. } => self.pause = (2 * self.pause).min(LONGEST_PAUSE),
        }
        self.phase = Phase::Open { until: now + self.pause.max(asked) };
        true
    }

    /// A job ended from which nothing was learned.
    pub(super) fn gone(&mut self, job: u64) {
        if self.phase == (Phase::HalfOpen { trial: Some(job) }) {
            self.phase = Phase::HalfOpen { trial: None };
        }
    }

    /// How it stands, and when the provider is tried again.
    pub(super) fn look(&self, now: Instant) -> (BreakerState, Option<Duration>) {
        match self.phase {
            Phase::Closed => (BreakerState::Closed, None),
            Phase::Open { until } if now < until => (BreakerState::Open, Some(until - now)),
            Phase::Open { .. } | Phase::HalfOpen { .. } => (BreakerState::HalfOpen, None),
        }
    }

    /// Whether a failed call may be made again: a trial is one call, and an open breaker ends all retries.
    pub(super) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// The last failure, in words for callers.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn refused(status: u16, retry_after: Option<Duration>) -> ProviderError {
        let (provider, reason) = ("models:1".to_owned(), "no".to_owned());
        ProviderError::Refused { provider, status, reason, retry_after }
    }

    fn down() -> ProviderError {
        refused(503, None)
    }

    /// A breaker that opened at `now`.
    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert!(!breaker.failed(&down(), now));
            assert_eq!(breaker.admit(1, now), Ok(()));
        }
        assert!(breaker.failed(&down(), now));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_begins_the_row_anew() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(breaker.look(now), (BreakerState::Open, Some(SECOND)));
        assert_eq!(breaker.admit(1, now), Err(SECOND));
        assert_eq!(breaker.reason(), "models:1 answered 503: no");
        breaker.answered();
        for _ in 1..FAILURES {
            assert!(!breaker.failed(&down(), now));
        }
        breaker.answered();
        assert!(!breaker.failed(&down(), now));
        assert_eq!(breaker.look(now), (BreakerState::Closed, None));
    }

    #[test]
    fn what_is_about_one_callers_words_does_not_open_it_and_ends_a_trial_well() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..10 * FAILURES {
            assert!(!breaker.failed(&refused(400, None), now));
        }
        assert!(breaker.is_closed());
        let mut breaker = open(now);
        assert_eq!(breaker.admit(1, now + SECOND), Ok(()));
        breaker.failed(&refused(400, None), now + SECOND);
        assert!(breaker.is_closed());
    }

    #[test]
    fn after_the_pause_one_call_tries_and_all_others_fail_at_once() {
        let now = Instant::now();
        let mut breaker = open(now);
        let later = now + SECOND;
        assert_eq!(breaker.look(later), (BreakerState::HalfOpen, None));
        assert_eq!(breaker.admit(7, later), Ok(()));
        assert_eq!(breaker.admit(8, later), Err(TRIAL));
        breaker.gone(8);
        assert_eq!(breaker.admit(9, later), Err(TRIAL), "the trial is still on its way");
        breaker.gone(7);
        assert_eq!(breaker.admit(9, later), Ok(()), "a trial that taught nothing leaves its place");
        breaker.began();
        assert_eq!(breaker.admit(10, later), Ok(()));
    }

    #[test]
    fn each_failed_trial_doubles_the_pause_up_to_a_minute() {
        let mut now = Instant::now();
        let mut breaker = open(now);
        let mut pauses = Vec::new();
        for job in 0..8 {
            let (_, pause) = breaker.look(now);
            pauses.push(pause.unwrap().as_secs());
            now += pause.unwrap();
            assert_eq!(breaker.admit(job, now), Ok(()));
            assert!(breaker.failed(&down(), now));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn the_pause_that_the_provider_asks_for_is_kept_within_reason() {
        let now = Instant::now();
        let mut breaker = open(now);
        breaker.failed(&refused(429, Some(20 * SECOND)), now);
        assert_eq!(breaker.look(now), (BreakerState::Open, Some(20 * SECOND)));
        breaker.failed(&refused(429, Some(3600 * SECOND)), now);
        assert_eq!(breaker.look(now), (BreakerState::Open, Some(LONGEST_ASKED)));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Admit,
        Answered,
        Failed,
        Refused,
        Gone(u64),
        Wait(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::Admit),
            1 => Just(Step::Answered),
            6 => Just(Step::Failed),
            1 => Just(Step::Refused),
            2 => (0u64..200).prop_map(Step::Gone),
            3 => (0u64..100).prop_map(Step::Wait),
        ];
        proptest::collection::vec(step, 0..200)
    }

    proptest! {
        /// Whatever happens: it is never shut for longer than the longest pause, and half open admits one at a time.
        #[test]
        fn it_always_opens_again(steps in steps()) {
            let mut now = Instant::now();
            let mut breaker = Breaker::default();
            let mut job = 0;
            for step in steps {
                match step {
                    Step::Admit => {
                        job += 1;
                        let (before, _) = breaker.look(now);
                        let admitted = breaker.admit(job, now);
                        prop_assert!(before != BreakerState::Open || admitted.is_err());
                        if before != BreakerState::Closed && admitted.is_ok() {
                            prop_assert_eq!(breaker.admit(job + 1, now), Err(TRIAL));
                        }
                    }
                    Step::Answered => {
                        breaker.answered();
                        prop_assert!(breaker.is_closed());
                    }
                    Step::Failed => drop(breaker.failed(&down(), now)),
                    Step::Refused => drop(breaker.failed(&refused(400, None), now)),
                    Step::Gone(job) => breaker.gone(job),
                    Step::Wait(seconds) => now += SECOND * u32::try_from(seconds).unwrap(),
                }
            }
            for gone in 0..=job {
                breaker.gone(gone);
            }
            prop_assert_eq!(breaker.admit(job + 2, now + LONGEST_PAUSE), Ok(()));
        }
    }
}
