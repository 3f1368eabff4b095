//! What every value of the file has in common: why one is refused, and how text becomes one.

use std::fmt;
use std::marker::PhantomData;

use serde::de;

/// Why a value cannot be what the user wrote.
///
/// It does not know where the value stands: the reader adds the field's name, the place and the
/// words around it. `Display` puts each part on a line of its own, which is also how the parts
/// travel through serde, whose errors carry text only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}\n{expected}\n{}\n{}", suggestion.as_deref().unwrap_or(""), why.as_deref().unwrap_or(""))]
pub struct ValueError {
    /// What is wrong, to follow the name of the field: `cannot be 300`.
    pub problem: String,
    /// What may stand there: `a whole number from 1 to 256`.
    pub expected: String,
    /// What to write instead, when it can be told.
    pub suggestion: Option<String>,
    /// What else helps, when there is more to say.
    pub why: Option<String>,
}

impl ValueError {
    /// Says what is wrong with a value and what may stand in its place.
    pub fn new(problem: impl fmt::Display, expected: impl fmt::Display) -> Self {
        Self {
            problem: one_line(problem),
            expected: one_line(expected),
            suggestion: None,
            why: None,
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn suggest(mut self, value: impl fmt::Display) -> Self {
        self.suggestion = Some(one_line(value));
        self
    }

    /// Adds a reason, or what to do when there is nothing to write instead.
    #[must_use]
    pub fn because(mut self, why: impl fmt::Display) -> Self {
        self.why = Some(one_line(why));
        self
    }

    /// Takes the parts out of text that serde carried, if that is what the text is.
    pub(crate) fn from_display(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('\n').collect();
        let [problem, expected, suggestion, why] = parts.as_slice() else { return None };
        let kept = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        Some(Self {
            problem: (*problem).to_owned(),
            expected: (*expected).to_owned(),
            suggestion: kept(suggestion),
            why: kept(why),
        })
    }
}

/// Text without line breaks or control characters, which would break a message apart.
fn one_line(text: impl fmt::Display) -> String {
    text.to_string().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The user's text as a message may quote it: in backquotes, without passwords, and never longer
/// than a line.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 48;
    let text = without_passwords(text.trim_end());
    if text.chars().count() <= MOST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(MOST).collect::<String>())
}

/// A text with stars for the password of each address in it, in which every byte keeps its place:
/// `postgres://user:******@host`.
pub(crate) fn without_passwords(text: &str) -> String {
    let mut shown = text.to_owned();
    for (at, scheme_end) in text.match_indices("://") {
        let start = at + scheme_end.len();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
        let end = text[start..].find(is_end).map_or(text.len(), |length| start + length);
        // A password may hold what should have been escaped in it, `@` and `/` included.
        let Some((user, _)) = text[start..end].rsplit_once('@') else { continue };
        if let Some((name, password)) = user.split_once(':') {
            let from = start + name.len() + 1;
            shown.replace_range(from..from + password.len(), &"*".repeat(password.len()));
        }
    }
    shown
}

/// A value that is written as text.
pub(crate) trait FromText: Sized {
    /// What may stand there, for messages about something that is no text at all.
    const EXPECTED: &'static str;

    /// Reads the value, or says why the text is none.
    fn from_text(text: &str) -> Result<Self, ValueError>;
}

/// Lets serde read a [`FromText`].
pub(crate) struct TextVisitor<T>(pub(crate) PhantomData<T>);

impl<T: FromText> de::Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }
}

/// Makes a [`FromText`] parse, print, travel through serde and describe itself in the schema.
macro_rules! text_value {
    ($type:ty, { $($schema:tt)* }) => {
        impl std::str::FromStr for $type {
            type Err = $crate::stack::ValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::stack::value::FromText>::from_text(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str($crate::stack::value::TextVisitor(std::marker::PhantomData))
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", $($schema)* })
            }
        }
    };
}
pub(crate) use text_value;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_survive_the_way_through_text() {
        let whole = ValueError::new("cannot be 3", "1 or 2").suggest(2).because("three is much");
        let short = ValueError::new("cannot be 3", "1 or 2");
        for error in [whole, short] {
            assert_eq!(ValueError::from_display(&error.to_string()), Some(error));
        }
        assert_eq!(ValueError::from_display("some other text"), None);
    }

    #[test]
    fn passwords_of_addresses_are_not_shown_and_all_else_is() {
        for (text, shown) in [
            ("postgres://app:hunter2@db/app", "postgres://app:*******@db/app"),
            ("{a: 'x://u:p@h', b: \"y://:q@h\"}", "{a: 'x://u:*@h', b: \"y://:*@h\"}"),
            ("postgres://app:a@b/c:d@db", "postgres://app:*******@db"),
            ("postgres://app:密@db", "postgres://app:***@db"),
            ("https://example.org:8080/a@b", "https://example.org:******@b"),
            ("https://example.org:8080/a", "https://example.org:8080/a"),
            ("postgres://app@db/app c:d@e", "postgres://app@db/app c:d@e"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn a_line_break_in_the_users_text_does_not_break_the_parts() {
        let error = ValueError::new("cannot be `a\nb`", "a name");
        assert_eq!(ValueError::from_display(&error.to_string()), Some(error));
    }
}
