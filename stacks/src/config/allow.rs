//! `allow`: the rules that a file may break, as a list, or each with its reason.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::check::RuleId;
use crate::stack::value::{FromText, ValueError, text_value};

/// `[HC07]`, or `{HC07: "a slow probe on purpose"}`.
#[derive(Clone, Debug)]
pub(super) enum Allow {
    /// Names; the reason of each, if there is one, is the comment behind it.
    List(Vec<RuleId>),
    /// Names with their reasons.
    Reasons(Vec<RuleId>),
}

/// Why a rule may be broken: some text.
#[derive(Clone, Debug)]
struct Reason(String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for Reason {
    const EXPECTED: &'static str = "a reason, in a few words";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        match text.trim() {
            "" => Err(ValueError::new("says nothing", Self::EXPECTED)
                .because("say why it is allowed, or write the names alone: `allow: [HC07]`")),
            text => Ok(Self(text.to_owned())),
        }
    }
}

text_value!(Reason, { "minLength": 1 });

impl<'de> Deserialize<'de> for Allow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AllowVisitor)
    }
}

struct AllowVisitor;

impl<'de> de::Visitor<'de> for AllowVisitor {
    type Value = Allow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rules such as `[HC07]`, or rules with reasons")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Allow, A::Error> {
        let mut all = Vec::new();
        while let Some(id) = list.next_element()? {
            all.push(id);
        }
        Ok(Allow::List(all))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Allow, A::Error> {
        let mut all = Vec::new();
        while let Some((id, _)) = map.next_entry::<RuleId, Reason>()? {
            all.push(id);
        }
        Ok(Allow::Reasons(all))
    }
}

impl JsonSchema for Allow {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Allow".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let id = generator.subschema_for::<RuleId>();
        let reason = generator.subschema_for::<Reason>();
        json_schema!({ "anyOf": [
            { "type": "array", "items": id },
            {
                "type": "object",
                "patternProperties": { "^[A-Z]{2}[0-9]{2}$": reason },
                "additionalProperties": false,
            },
        ]})
    }
}
