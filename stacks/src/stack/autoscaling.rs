//! How many tasks run, and when that changes.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::budget::AnswerTime;
use super::number::{Whole, Workers};
use super::schedule::Schedule;
use super::seconds::Seconds;
use super::value::{FromText, ValueError, quoted, text_value};

/// How many tasks there may be. ECS runs at most 5,000 tasks of a service.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
pub type Tasks = Whole<1, 5000>;

/// How many tasks run while the service is awake, and what changes that.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoscaling {
    /// Fewest tasks while the service is awake; `idle` says when it goes to sleep.
    pub minimum: Tasks,
    /// Most tasks.
    pub maximum: Tasks,
    /// CPU use to aim at, in percent of what the tasks have.
    pub cpu: Whole<1, 100>,
    /// Requests in flight to aim at for each task, or `auto` for 70 % of the workers of its LLM
    /// pool; absent: CPU alone decides.
    #[serde(default)]
    pub requests_in_flight: Option<InFlight>,
    /// Time that an answer usually takes; on AWS, requests in flight are counted by it, and what a function costs.
    pub answer_time: AnswerTime,
    /// Time after adding tasks until more may be added.
    pub scale_out_cooldown: Seconds<0, 86_400>,
    /// Time after removing tasks until more may be removed.
    pub scale_in_cooldown: Seconds<0, 86_400>,
    /// Other bounds from a time on, each by a name; on AWS only.
    #[serde(default)]
    pub schedules: BTreeMap<ActionName, ScheduledBounds>,
}

/// Other bounds from a time on.
///
/// Source: <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ScheduledBounds {
    /// When: `cron(0 8 ? * MON-FRI *)` or `rate(1 day)`.
    pub schedule: Schedule,
    /// Zone that a cron's hours are meant in; absent: UTC.
    #[serde(default)]
    pub time_zone: TimeZone,
    /// Fewest tasks from then on.
    pub minimum: Tasks,
    /// Most tasks from then on.
    pub maximum: Tasks,
}

/// The name of a scheduled action: lower-case letters, digits and single hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionName(String);

impl ActionName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for ActionName {
    const EXPECTED: &'static str = "lower-case letters, digits and single hyphens";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let word = |it: &str| {
            !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if text.len() <= 64 && text.split('-').all(word) {
            return Ok(Self(text.to_owned()));
        }
        Err(ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED))
    }
}

text_value!(ActionName, { "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64 });

/// A time zone by its name in the IANA database, such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(String);

impl Default for TimeZone {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for TimeZone {
    const EXPECTED: &'static str = "a time zone such as `Europe/Berlin` or `UTC`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
        if text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(inside) {
            return Ok(Self(text.to_owned()));
        }
        Err(ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED))
    }
}

text_value!(TimeZone, { "pattern": "^[A-Z][A-Za-z0-9/_+-]*$" });

/// Requests in flight to aim at for each task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InFlight {
    /// 70 % of the workers of its LLM pool, which leaves room for the next ones while a task is added.
    Auto,
    /// So many.
    Count(Whole<1, 10_000>),
}

impl InFlight {
    /// How many, for a task with so many workers.
    pub fn of(self, workers: Workers) -> u32 {
        match self {
            Self::Auto => (workers.get() * 7 / 10).max(1),
            Self::Count(count) => count.get(),
        }
    }
}

impl Serialize for InFlight {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Count(count) => count.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for InFlight {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(InFlightVisitor)
    }
}

const IN_FLIGHT: &str = "`auto`, or a whole number from 1 to 10000";

struct InFlightVisitor;

impl InFlightVisitor {
    fn count<E: de::Error>(number: u64) -> Result<InFlight, E> {
        let whole = u32::try_from(number).ok().and_then(|it| Whole::new(it).ok());
        let refused = || ValueError::new(format!("cannot be {number}"), IN_FLIGHT);
        whole.map(InFlight::Count).ok_or_else(|| E::custom(refused()))
    }
}

impl de::Visitor<'_> for InFlightVisitor {
    type Value = InFlight;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(IN_FLIGHT)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<InFlight, E> {
        match text {
            "auto" => Ok(InFlight::Auto),
            other => {
                Err(E::custom(ValueError::new(format!("cannot be {}", quoted(other)), IN_FLIGHT)))
            }
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<InFlight, E> {
        Self::count(number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<InFlight, E> {
        let refused = || ValueError::new(format!("cannot be {number}"), IN_FLIGHT);
        u64::try_from(number).map_err(|_| E::custom(refused())).and_then(Self::count)
    }
}

impl JsonSchema for InFlight {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InFlight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "const": "auto" },
            { "type": "integer", "minimum": 1, "maximum": 10_000 },
        ]})
    }
}
