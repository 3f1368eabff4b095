//! What becomes of what tasks log on AWS.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::number::Whole;
use super::value::ValueError;

/// What becomes of what tasks log on AWS; on this machine it lies beside the stack's record.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Days that a line is kept.
    pub retention: RetentionDays,
    /// What happens when lines come faster than they can be taken.
    pub mode: LogMode,
    /// Room for lines that wait, in MiB; has a meaning for `non-blocking` only.
    pub buffer: Whole<1, 256>,
}

/// What happens when lines come faster than they can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum LogMode {
    /// Lines that find no room are lost; the service goes on.
    NonBlocking,
    /// The service waits.
    Blocking,
}

impl LogMode {
    /// The word that stands for it in the file, and in AWS's option.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NonBlocking => "non-blocking",
            Self::Blocking => "blocking",
        }
    }
}

/// The numbers of days that CloudWatch Logs can keep a line.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
static KEPT: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// A number of days that CloudWatch Logs can keep a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionDays(u32);

impl RetentionDays {
    /// How many days.
    pub fn get(self) -> u32 {
        self.0
    }

    fn new(days: u64) -> Result<Self, ValueError> {
        if let Some(days) = KEPT.into_iter().find(|it| u64::from(*it) == days) {
            return Ok(Self(days));
        }
        let error = ValueError::new(format!("cannot be {days}"), expected());
        let up = KEPT.into_iter().find(|it| u64::from(*it) > days);
        Err(match up {
            Some(up) => error.suggest(up).because("the next longer time that is on offer"),
            None => error.suggest(KEPT[KEPT.len() - 1]).because("the longest time on offer"),
        })
    }
}

fn expected() -> String {
    let days: Vec<String> = KEPT.iter().map(u32::to_string).collect();
    format!("a number of days: {}", days.join(", "))
}

impl fmt::Display for RetentionDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RetentionDays {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for RetentionDays {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(DaysVisitor)
    }
}

struct DaysVisitor;

impl de::Visitor<'_> for DaysVisitor {
    type Value = RetentionDays;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&expected())
    }

    fn visit_u64<E: de::Error>(self, days: u64) -> Result<Self::Value, E> {
        RetentionDays::new(days).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, days: i64) -> Result<Self::Value, E> {
        RetentionDays::new(u64::try_from(days).unwrap_or(0)).map_err(E::custom)
    }
}

impl JsonSchema for RetentionDays {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RetentionDays".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "enum": KEPT })
    }
}
