//! Whole numbers with limits.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::value::{ValueError, quoted};

/// A whole number from `MIN` to `MAX`. Holding one proves that it is within them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whole<const MIN: u32, const MAX: u32>(u32);

/// A TCP port.
pub type Port = Whole<1, 65535>;

/// A number of workers in a pool. The service takes 1 to 256.
pub type Workers = Whole<1, 256>;

impl Port {
    /// The number, as sockets take it.
    pub fn number(self) -> u16 {
        u16::try_from(self.0).expect("a port is at most 65535")
    }
}

impl<const MIN: u32, const MAX: u32> Whole<MIN, MAX> {
    /// The least that is allowed.
    pub const MIN: Self = Self(MIN);
    /// The most that is allowed.
    pub const MAX: Self = Self(MAX);

    /// Takes a number that is within the limits.
    ///
    /// # Errors
    ///
    /// When it is not; the nearest limit is suggested.
    pub fn new(number: u32) -> Result<Self, ValueError> {
        if (MIN..=MAX).contains(&number) {
            return Ok(Self(number));
        }
        Err(Self::refused(number, number < MIN))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number, or the nearest limit where it lies outside them.
    pub fn clamped(number: u32) -> Self {
        Self(number.clamp(MIN, MAX))
    }

    fn expected() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn refused(shown: impl fmt::Display, too_small: bool) -> ValueError {
        let (nearest, word) = if too_small { (MIN, "least") } else { (MAX, "most") };
        ValueError::new(format!("cannot be {shown}"), Self::expected())
            .suggest(nearest)
            .because(format!("the {word} allowed"))
    }
}

impl<const MIN: u32, const MAX: u32> fmt::Display for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: u32, const MAX: u32> Serialize for Whole<MIN, MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.0)
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> de::Visitor<'_> for WholeVisitor<MIN, MAX> {
    type Value = Whole<MIN, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Whole::<MIN, MAX>::expected())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        match u32::try_from(number) {
            Ok(small) => Whole::new(small).map_err(E::custom),
            Err(_) => Err(E::custom(Whole::<MIN, MAX>::refused(number, false))),
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        match u64::try_from(number) {
            Ok(positive) => self.visit_u64(positive),
            Err(_) => Err(E::custom(Whole::<MIN, MAX>::refused(number, true))),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        let problem = format!("cannot be {number}");
        let error = ValueError::new(problem, Whole::<MIN, MAX>::expected());
        // `0.7` of something that is counted to 100 is a percentage.
        let is_share = MAX == 100 && 0.0 < number && number < 1.0;
        let meant = if is_share { number * 100.0 } else { number };
        Err(E::custom(match format!("{meant:.0}").parse().map(Whole::<MIN, MAX>::new) {
            Ok(Ok(whole)) if is_share => error.suggest(whole).because("in percent"),
            Ok(Ok(whole)) => error.suggest(whole),
            _ => error,
        }))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let problem = format!("cannot be the text {}", quoted(text));
        let error = ValueError::new(problem, Whole::<MIN, MAX>::expected());
        // `"8000"` in quotes is a text that only needs its quotes taken off.
        Err(E::custom(match text.trim().parse().map(Whole::<MIN, MAX>::new) {
            Ok(Ok(number)) => error.suggest(number).because("without quotes"),
            _ => error,
        }))
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Whole<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("WholeFrom{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_belong_to_the_range() {
        type Few = Whole<2, 5>;
        assert!(Few::new(1).is_err());
        assert_eq!(Few::new(2), Ok(Few::MIN));
        assert_eq!(Few::new(5), Ok(Few::MAX));
        assert!(Few::new(6).is_err());
    }

    #[test]
    fn a_number_outside_suggests_the_nearest_limit() {
        type Few = Whole<2, 5>;
        assert_eq!(Few::new(9).unwrap_err().suggestion.as_deref(), Some("5"));
        let below: Result<Few, _> = serde_json::from_str("-7");
        assert!(below.unwrap_err().to_string().contains("the least allowed"));
        let huge: Result<Few, _> = serde_json::from_str("18446744073709551615");
        assert!(huge.unwrap_err().to_string().contains("cannot be 18446744073709551615"));
    }
}
