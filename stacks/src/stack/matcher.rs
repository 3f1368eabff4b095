//! Which answers of a health check count as healthy.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::value::{FromText, ValueError, quoted};

/// The status codes that count as healthy: `200`, `200,202` or `200-299`.
///
/// A load balancer takes 200 to 499, so that a 5xx can never be healthy.
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusMatcher(Vec<RangeInclusive<u16>>);

impl StatusMatcher {
    /// Whether an answer with this status counts as healthy.
    pub fn matches(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl fmt::Display for StatusMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{comma}{first}")?,
                (first, last) => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromText for StatusMatcher {
    const EXPECTED: &'static str = "status codes from 200 to 499, as `200`, `200,202` or `200-299`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.trim().parse(), last.trim().parse()) else {
                return Err(refused());
            };
            if first > last {
                return Err(refused().because("a range goes from the smaller to the greater"));
            }
            if first < 200 || last > 499 {
                return Err(refused().because("a load balancer takes no other code for healthy"));
            }
            ranges.push(first..=last);
        }
        Ok(Self(ranges))
    }
}

impl std::str::FromStr for StatusMatcher {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::from_text(text)
    }
}

impl Serialize for StatusMatcher {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StatusMatcher {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(MatcherVisitor)
    }
}

/// Takes a bare number too: `matcher: 200` leaves nothing to guess.
struct MatcherVisitor;

impl de::Visitor<'_> for MatcherVisitor {
    type Value = StatusMatcher;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(StatusMatcher::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<StatusMatcher, E> {
        StatusMatcher::from_text(text).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, code: u64) -> Result<StatusMatcher, E> {
        self.visit_str(&code.to_string())
    }

    fn visit_i64<E: de::Error>(self, code: i64) -> Result<StatusMatcher, E> {
        self.visit_str(&code.to_string())
    }
}

impl schemars::JsonSchema for StatusMatcher {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StatusMatcher".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "pattern": "^[2-4][0-9]{2}(-[2-4][0-9]{2})?(,[2-4][0-9]{2}(-[2-4][0-9]{2})?)*$",
            "minimum": 200,
            "maximum": 499,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_ranges_match_what_they_say() {
        let matcher = StatusMatcher::from_text("200,300-302").unwrap();
        let matched: Vec<u16> = (100..600).filter(|code| matcher.matches(*code)).collect();
        assert_eq!(matched, [200, 300, 301, 302]);
        assert_eq!(matcher.to_string(), "200,300-302");
    }

    #[test]
    fn codes_that_cannot_be_healthy_are_refused() {
        for text in ["", "500", "199", "200-500", "299-200", "2xx", "200,", "200;202"] {
            assert!(StatusMatcher::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_taken() {
        assert_eq!(serde_json::from_str::<StatusMatcher>("200").unwrap().to_string(), "200");
        assert!(serde_json::from_str::<StatusMatcher>("503").is_err());
    }
}
