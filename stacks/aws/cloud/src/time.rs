//! Moments, in the forms in which AWS writes them.

use std::time::Duration;

use serde_json::{Value, json};

/// A moment, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(i64);

impl Time {
    /// The present.
    pub(crate) fn now() -> Self {
        Self(jiff::Timestamp::now().as_microsecond())
    }

    /// This moment and a while.
    pub(crate) fn plus(self, while_: Duration) -> Self {
        let micros = i64::try_from(while_.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// Epoch milliseconds, as `CloudWatch` Logs writes them.
    pub(crate) fn millis(self) -> i64 {
        self.0 / 1000
    }

    /// Epoch seconds with three decimals, as the JSON services write them.
    pub(crate) fn seconds(self) -> Value {
        json!(self.millis() as f64 / 1000.0)
    }

    /// `2026-11-25T22:01:14.123Z`, as the XML services write it.
    pub(crate) fn iso(self) -> String {
        match jiff::Timestamp::from_millisecond(self.millis()) {
            Ok(at) => format!("{at:.3}"),
            Err(_) => String::from("1970-01-01T00:00:00.000Z"),
        }
    }
}
