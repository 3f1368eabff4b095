//! When requests come: at a rate, by the hours of a week, or as a log tells.

mod arrivals;
mod log;
mod rate;
mod week;

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

pub use self::{
    arrivals::Arrivals,
    log::{LogError, RequestLog},
    rate::{Rate, RateError},
    week::{PatternError, Week},
};
use crate::stack::Budget;

/// A Monday at midnight, from which a week without dates is counted, 2026-01-05T00:00:00Z, in seconds.
const MONDAY: i64 = 1_767_571_200;

/// When requests come.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic {
    /// By chance, each for itself, at the rates of a week's hours.
    Week(Week),
    /// As they came once.
    Log(Arc<RequestLog>),
}

impl Traffic {
    /// By chance, always at the same rate.
    #[must_use]
    pub fn steady(rate: Rate) -> Self {
        Self::Week(Week::steady(rate))
    }

    /// What the file expects: `requests_per_hour` for `active_hours` of each day, which begin at 8 o'clock, or as much earlier
    /// as they need.
    #[must_use]
    pub fn expected(budget: &Budget) -> Self {
        let rate = Rate::an_hour(f64::from(budget.requests_per_hour.get()));
        Self::Week(Week::daily(rate, budget.active_hours.get()))
    }

    /// The moment from which time is counted.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        match self {
            Self::Week(_) => Timestamp::from_second(MONDAY).expect("a Monday is a time"),
            Self::Log(log) => log.start(),
        }
    }

    /// How long it goes on: until the end of a log's last day; without end where there is a week after each.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        match self {
            Self::Week(_) => None,
            Self::Log(log) => Some(log.length()),
        }
    }

    /// The times of all requests within `length`, in order. The same seed gives the same times.
    #[must_use]
    pub fn arrivals(&self, seed: u64, length: Duration) -> Arrivals {
        Arrivals::new(self.clone(), seed, length)
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Week(week) => week.fmt(f),
            Self::Log(log) => log.fmt(f),
        }
    }
}
