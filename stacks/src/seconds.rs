//! Durations as people write them, `30s`, wherever they are stored or shown.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// A duration in its largest whole unit of hours, minutes or seconds; milliseconds below a second.
#[must_use]
pub fn text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        _ if duration.subsec_nanos() != 0 => format!("{}ms", duration.as_millis()),
        0 => "0s".to_owned(),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

fn parse(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

/// For `#[serde(with = "seconds")]`.
///
/// # Errors
///
/// What the serializer says.
pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(*duration))
}

/// For `#[serde(with = "seconds")]`.
///
/// # Errors
///
/// When the text is not a number and one of the units `ms`, `s`, `m`, `h`.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a duration such as 30s")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_they_were_written() {
        for millis in [0, 1, 999, 1000, 1500, 30_000, 60_000, 90_000, 3_600_000, 5_400_000] {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse(&text(duration)), Some(duration));
        }
        assert_eq!(text(Duration::from_secs(900)), "15m");
        assert_eq!(parse("30"), None);
        assert_eq!(parse("99999999999999999h"), None);
    }
}
