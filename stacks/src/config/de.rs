//! A serde deserializer over the tree, whose errors keep their parts.

use std::fmt;

use serde::de::{self, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::tree::{Entry, Kind, Node, Scalar, Value};
use crate::stack::ValueError;

/// Why a node cannot be read. Where it stands, the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadError {
    pub(super) cause: Cause,
    /// Whether the key is meant, not what it stands for.
    pub(super) at_key: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A value type refused it.
    Value(ValueError),
    /// No field has this name.
    UnknownField { known: &'static [&'static str] },
    /// The word is none of those that may stand there.
    UnknownWord { word: String, known: &'static [&'static str] },
    /// A field is missing that has no default.
    Missing { field: &'static str },
    /// Something else is expected there.
    Type { found: String, expected: String },
    /// What serde says, where nothing better is known.
    Said(String),
}

impl ReadError {
    fn new(cause: Cause) -> Self {
        Self { cause, at_key: false }
    }

    fn wrong_type(node: &Node, expected: &str) -> Self {
        Self::new(Cause::Type { found: node.words(), expected: expected.to_owned() })
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.cause)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        Self::new(match ValueError::from_display(&text) {
            Some(error) => Cause::Value(error),
            None => Cause::Said(text),
        })
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match unexpected {
            Unexpected::Bool(value) => format!("`{value}`"),
            Unexpected::Unsigned(number) => format!("the number {number}"),
            Unexpected::Signed(number) => format!("the number {number}"),
            Unexpected::Float(number) => format!("the number {number}"),
            Unexpected::Str(text) => format!("the text {}", crate::stack::value::quoted(text)),
            Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a mapping".to_owned(),
            other => other.to_string(),
        };
        let expected = match expected.to_string() {
            word if word == "a boolean" => "`true` or `false`".to_owned(),
            word if word == "a sequence" => "a list".to_owned(),
            other => other,
        };
        Self::new(Cause::Type { found, expected })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self { cause: Cause::UnknownField { known }, at_key: true }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Cause::Missing { field })
    }
}

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::List(items) => {
                visitor.visit_seq(de::value::SeqDeserializer::new(items.iter().map(Item)))
            }
            Value::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), node: None }),
            Value::Scalar(Scalar { text, kind }) => match *kind {
                Kind::Bool(value) => visitor.visit_bool(value),
                Kind::Unsigned(number) => visitor.visit_u64(number),
                Kind::Signed(number) => visitor.visit_i64(number),
                Kind::Float(number) => visitor.visit_f64(number),
                Kind::Text => visitor.visit_str(text),
            },
        }
    }

    // A text is what was written: `1.20` stays `1.20`.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.text() {
            Some(text) => visitor.visit_str(text),
            None => Err(ReadError::wrong_type(self, &expected_by(&visitor, "a text"))),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            Value::Scalar(_) | Value::List(_) | Value::Map(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            Value::Map(_) => self.deserialize_any(visitor),
            Value::Null | Value::Scalar(_) | Value::List(_) => {
                Err(ReadError::wrong_type(self, "a mapping"))
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.text() {
            Some(text) => visitor.visit_enum(text.into_deserializer()),
            None => Err(ReadError::wrong_type(self, &one_of(words))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct identifier ignored_any
    }
}

/// The words that may stand somewhere, as messages list them.
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first, second] => format!("{first} or {second}"),
        many => format!("one of {}", many.join(", ")),
    }
}

/// What a visitor expects; serde's own words for a text are not ours.
fn expected_by<'de>(visitor: &impl Visitor<'de>, text: &str) -> String {
    match (visitor as &dyn de::Expected).to_string() {
        words if words == "a string" => text.to_owned(),
        words => words,
    }
}

/// An item of a list.
struct Item<'n>(&'n Node);

impl<'de> IntoDeserializer<'de, ReadError> for Item<'de> {
    type Deserializer = &'de Node;

    fn into_deserializer(self) -> &'de Node {
        self.0
    }
}

struct Entries<'n> {
    rest: std::slice::Iter<'n, Entry>,
    node: Option<&'n Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = ReadError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.node = Some(&entry.node);
        let key = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| ReadError { at_key: true, ..error })
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ReadError> {
        seed.deserialize(self.node.take().expect("a value is asked for after its key"))
    }
}
