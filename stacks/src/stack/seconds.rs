//! Durations with limits, written with a unit.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::value::{ValueError, quoted};

/// A whole number of seconds from `MIN` to `MAX`, written with a unit: `30s`, `10m`, `1h30m`.
///
/// Holding one proves that it is within its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Seconds<MIN, MAX> {
    /// The shortest that is allowed.
    pub const MIN: Self = Self(MIN);
    /// The longest that is allowed.
    pub const MAX: Self = Self(MAX);

    /// Takes a number of seconds that is within the limits.
    ///
    /// # Errors
    ///
    /// When it is not; the nearest limit is suggested.
    pub fn new(seconds: u32) -> Result<Self, ValueError> {
        if (MIN..=MAX).contains(&seconds) {
            return Ok(Self(seconds));
        }
        let (nearest, word) = if seconds < MIN { (MIN, "shortest") } else { (MAX, "longest") };
        Err(ValueError::new(format!("cannot be {}", Written(seconds)), Self::expected())
            .suggest(Written(nearest))
            .because(format!("the {word} allowed")))
    }

    /// Reads text such as `30s`, `10m` or `1h30m`.
    ///
    /// # Errors
    ///
    /// When the unit is missing or not `s`, `m` or `h`, or the limits are crossed.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if let Some(seconds) = strictly(text) {
            return Self::new(seconds);
        }
        let problem = format!("cannot be {}", quoted(text));
        let error = ValueError::new(problem, format!("{}, with a unit", Self::expected()));
        Err(match loosely(text).map(|seconds| (seconds, Self::new(seconds))) {
            Some((_, Ok(meant))) => error.suggest(meant),
            Some((seconds, Err(outside))) => {
                outside.because(format!("{} is outside", Written(seconds)))
            }
            None => error.because("units are `s`, `m` and `h`, as in `30s`, `10m` or `1h30m`"),
        })
    }

    /// How many seconds.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The same as a [`Duration`].
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }

    /// That many seconds, or the nearest limit where they lie outside them.
    pub fn clamped(seconds: u32) -> Self {
        Self(seconds.clamp(MIN, MAX))
    }

    fn expected() -> String {
        format!("a duration from {} to {}", Written(MIN), Written(MAX))
    }
}

/// Seconds as a file writes them, in the largest unit that needs no second one.
struct Written(u32);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds >= 3600 && seconds.is_multiple_of(3600) => {
                write!(f, "{}h", seconds / 3600)
            }
            seconds if seconds >= 120 && seconds.is_multiple_of(60) => {
                write!(f, "{}m", seconds / 60)
            }
            seconds => write!(f, "{seconds}s"),
        }
    }
}

/// Reads `1h30m`, `10m`, `30s`: each unit at most once, the largest first.
fn strictly(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total: u32 = 0;
    let mut last_unit = u32::MAX;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u32 = rest.get(..digits)?.parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    (last_unit != u32::MAX).then_some(total)
}

/// Guesses what was meant by `30`, `30 s`, `30sec`, `5 minutes`, `1H`; for suggestions only.
fn loosely(text: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u32 = text.get(..digits)?.parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "ms" => return number.is_multiple_of(1000).then_some(number / 1000),
        _ => return None,
    };
    number.checked_mul(unit)
}

impl<const MIN: u32, const MAX: u32> fmt::Display for Seconds<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Written(self.0).fmt(f)
    }
}

impl<const MIN: u32, const MAX: u32> From<Seconds<MIN, MAX>> for Duration {
    fn from(seconds: Seconds<MIN, MAX>) -> Self {
        seconds.duration()
    }
}

impl<const MIN: u32, const MAX: u32> Serialize for Seconds<MIN, MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Seconds<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> SecondsVisitor<MIN, MAX> {
    fn without_unit<T, E: de::Error>(number: impl fmt::Display) -> Result<T, E> {
        let error = ValueError::new(
            format!("has no unit: {number}"),
            Seconds::<MIN, MAX>::expected() + ", with a unit",
        );
        let meant = number.to_string().parse().ok().and_then(|n| Seconds::<MIN, MAX>::new(n).ok());
        Err(E::custom(match meant {
            Some(_) => error.suggest(format!("{number}s")).because("for seconds"),
            None => error.because("units are `s`, `m` and `h`, as in `30s`, `10m` or `1h30m`"),
        }))
    }
}

impl<const MIN: u32, const MAX: u32> de::Visitor<'_> for SecondsVisitor<MIN, MAX> {
    type Value = Seconds<MIN, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Seconds::<MIN, MAX>::expected())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Seconds::parse(text).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Self::without_unit(number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Self::without_unit(number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Self::without_unit(number)
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Seconds<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("SecondsFrom{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(?=.)([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
            // JSON Schema cannot compare durations; people and our own tests can.
            "x-minimum": Self::MIN.to_string(),
            "x-maximum": Self::MAX.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Day = Seconds<5, 86_400>;

    #[test]
    fn units_are_read_and_written_back() {
        for (text, seconds, written) in [
            ("30s", 30, "30s"),
            ("90s", 90, "90s"),
            ("60s", 60, "60s"),
            ("120s", 120, "2m"),
            ("10m", 600, "10m"),
            ("1h", 3600, "1h"),
            ("1h30m", 5400, "90m"),
            ("1m5s", 65, "65s"),
        ] {
            let read = Day::parse(text).unwrap();
            assert_eq!((read.get(), read.to_string().as_str()), (seconds, written), "{text}");
            assert_eq!(Day::parse(written), Ok(read), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_what_was_meant() {
        for (text, meant) in [
            ("30", Some("30s")),
            ("30 s", Some("30s")),
            ("30sec", Some("30s")),
            ("5 minutes", Some("5m")),
            ("1H", Some("1h")),
            ("1d", Some("24h")),
            ("9000ms", Some("9s")),
            ("500ms", None),
            ("1.5h", None),
            ("5s1m", None),
            ("5m5m", None),
            ("m", None),
            ("", None),
            ("-5s", None),
            ("99999999999h", None),
            ("٣s", None),
        ] {
            let error = Day::parse(text).unwrap_err();
            assert_eq!(error.suggestion.as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn the_limits_belong_to_the_range() {
        assert!(Day::parse("4s").is_err());
        assert!(Day::parse("5s").is_ok());
        assert!(Day::parse("24h").is_ok());
        assert!(Day::parse("86401s").is_err());
    }
}
