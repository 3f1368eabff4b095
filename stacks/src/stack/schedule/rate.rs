//! `rate(value unit)`.

use std::time::Duration;

use jiff::Timestamp;

use super::parse::Hint;

/// A fixed time from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    minutes: u64,
}

impl Rate {
    pub(super) fn parse(inside: &str) -> Result<Self, Hint> {
        let words: Vec<&str> = inside.split_whitespace().collect();
        let [value, unit] = words.as_slice() else {
            return Err(Hint::why("between the brackets stand a number and a unit"));
        };
        let (singular, minutes) = match unit.trim_end_matches('s') {
            "minute" => ("minute", 1),
            "hour" => ("hour", 60),
            "day" => ("day", 24 * 60),
            "second" => return Err(Hint::why("one minute is the shortest that EventBridge takes")),
            _ => return Err(Hint::why("units are `minutes`, `hours` and `days`")),
        };
        let value: u32 = match value.parse() {
            Ok(value) if value > 0 => value,
            _ => return Err(Hint::why("the number is a whole one, from 1 up")),
        };
        let plural = if value == 1 { "" } else { "s" };
        let right = format!("{singular}{plural}");
        if *unit != right {
            let why = "one of a unit has no `s` at its end, more than one has";
            return Err(Hint::write(format!("rate({value} {right})"), why));
        }
        Ok(Self { minutes: u64::from(value) * minutes })
    }

    pub(super) fn period(self) -> Duration {
        Duration::from_secs(self.minutes * 60)
    }

    pub(super) fn next_after(self, after: Timestamp) -> Option<Timestamp> {
        after.checked_add(self.period()).ok()
    }
}
