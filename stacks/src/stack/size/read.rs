//! How the amounts are written in a file: as numbers; text that meant one is refused with the number.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{CpuUnits, FargateSize, MebiBytes, SOLD};
use crate::stack::value::{ValueError, quoted};

/// What the two amounts need to be read: from a number, or from text that meant one.
trait Amount: Sized {
    fn of(number: u32) -> Result<Self, ValueError>;
    fn not(shown: String, meant: Option<u32>) -> ValueError;
    /// What text such as `1 vCPU` or `2GB` meant.
    fn meant(text: &str) -> Option<u32>;
    fn expected() -> String;
}

impl Amount for CpuUnits {
    fn of(number: u32) -> Result<Self, ValueError> {
        Self::new(number)
    }

    fn not(shown: String, meant: Option<u32>) -> ValueError {
        Self::refused(shown, meant)
    }

    fn meant(text: &str) -> Option<u32> {
        let text = text.trim().to_ascii_lowercase();
        if let Ok(units) = text.parse() {
            return Some(units);
        }
        match text.strip_suffix("vcpu")?.trim() {
            ".25" | "0.25" => Some(256),
            ".5" | "0.5" => Some(512),
            whole => whole.parse::<u32>().ok()?.checked_mul(1024),
        }
    }

    fn expected() -> String {
        Self::expected()
    }
}

impl Amount for MebiBytes {
    fn of(number: u32) -> Result<Self, ValueError> {
        Self::new(number)
    }

    fn not(shown: String, meant: Option<u32>) -> ValueError {
        Self::refused(shown, meant)
    }

    fn meant(text: &str) -> Option<u32> {
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_suffix("ib").or_else(|| text.strip_suffix('b')).unwrap_or(&text);
        match text.strip_suffix('g') {
            Some(gibi) => gibi.trim().parse::<u32>().ok()?.checked_mul(1024),
            None => text.strip_suffix('m').unwrap_or(text).trim().parse().ok(),
        }
    }

    fn expected() -> String {
        Self::expected()
    }
}

struct AmountVisitor<T>(std::marker::PhantomData<T>);

impl<T: Amount> de::Visitor<'_> for AmountVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&T::expected())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        match u32::try_from(number) {
            Ok(number) => T::of(number).map_err(E::custom),
            Err(_) => Err(E::custom(T::not(number.to_string(), None))),
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::custom(T::not(number.to_string(), None))),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        Err(E::custom(T::not(number.to_string(), None)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Err(E::custom(T::not(quoted(text), T::meant(text))))
    }
}

impl Serialize for CpuUnits {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.0)
    }
}

impl Serialize for MebiBytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for CpuUnits {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AmountVisitor(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for MebiBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AmountVisitor(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for FargateSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            cpu: CpuUnits,
            memory: MebiBytes,
        }
        let Pair { cpu, memory } = Pair::deserialize(from)?;
        Self::new(cpu, memory).map_err(de::Error::custom)
    }
}

impl JsonSchema for CpuUnits {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CpuUnits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "enum": SOLD.each_ref().map(|(cpu, _)| *cpu) })
    }
}

impl JsonSchema for MebiBytes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MebiBytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": Self::LEAST, "maximum": Self::MOST })
    }
}
