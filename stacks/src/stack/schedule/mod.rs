//! When something happens again and again: EventBridge's `rate(…)` and `cron(…)`, in UTC.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>

mod cron;
mod parse;
mod rate;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use self::cron::Cron;
use self::rate::Rate;
use super::value::{FromText, ValueError, quoted, text_value};

/// When something happens again and again, as EventBridge writes it, in UTC.
///
/// `rate(10 minutes)`, or `cron(minutes hours day-of-month month day-of-week year)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    meaning: Meaning,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Rate(Rate),
    Cron(Cron),
}

/// The most characters that EventBridge takes.
const LONGEST: usize = 256;

impl Schedule {
    /// Reads `rate(…)` or `cron(…)`.
    ///
    /// # Errors
    ///
    /// When EventBridge would not take it, with what it would take where that can be told.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        Self::from_text(text)
    }

    /// When it happens next, strictly after `after`; `None` when it never does again.
    ///
    /// A rate counts from `after`, so that handing in the last time gives the next.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.meaning {
            Meaning::Rate(rate) => rate.next_after(after),
            Meaning::Cron(cron) => cron.next_after(after),
        }
    }

    /// The time from one to the next, where it is always the same.
    pub fn period(&self) -> Option<Duration> {
        match &self.meaning {
            Meaning::Rate(rate) => Some(rate.period()),
            Meaning::Cron(_) => None,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromText for Schedule {
    const EXPECTED: &'static str = "`rate(10 minutes)` or `cron(0/10 * * * ? *)`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        if text.len() > LONGEST {
            return Err(refused().because(format!("it may have at most {LONGEST} characters")));
        }
        let inside = |name: &str| {
            text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')').map(str::to_owned)
        };
        let meaning = if let Some(rate) = inside("rate") {
            Meaning::Rate(Rate::parse(&rate).map_err(|hint| hint.onto(refused()))?)
        } else if let Some(fields) = inside("cron") {
            Meaning::Cron(Cron::parse(&fields).map_err(|hint| hint.onto(refused()))?)
        } else {
            return Err(parse::guess(text).onto(refused()));
        };
        Ok(Self { text: text.to_owned(), meaning })
    }
}

text_value!(Schedule, { "pattern": "^(rate|cron)\\(.+\\)$", "maxLength": LONGEST });
