//! Which lines a call asks for: all that contain words, or objects of JSON whose fields have values.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

use serde_json::Value;

use crate::refusal::Refusal;

/// What a line must be. Of patterns for JSON, only conditions in brackets are known here, joined by `||`: a text that a field
/// has, or a number that it is above.
#[derive(Debug)]
pub(super) enum Pattern {
    /// It contains this.
    Words(String),
    /// It is JSON for which one of these holds.
    Json(Vec<Condition>),
}

/// What a field must be.
#[derive(Debug)]
pub(super) struct Condition {
    /// Where it is, as a JSON pointer.
    pointer: String,
    is: Is,
}

#[derive(Debug)]
enum Is {
    Text(String),
    MoreThan(f64),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// `InvalidParameterException`, in AWS's words.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let json = text.trim().strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let Some(json) = json else { return Ok(Self::Words(text.trim_matches('"').to_owned())) };
        let conditions: Option<Vec<_>> = json.split("||").map(Condition::read).collect();
        let refused = || Refusal::new("InvalidParameterException", "Invalid filter pattern");
        conditions.map(Self::Json).ok_or_else(refused)
    }

    /// Whether a line is one.
    pub(super) fn fits(&self, line: &str) -> bool {
        match self {
            Self::Words(words) => line.contains(words),
            Self::Json(conditions) => serde_json::from_str(line)
                .is_ok_and(|line: Value| conditions.iter().any(|it| it.holds(&line))),
        }
    }
}

impl Condition {
    fn read(text: &str) -> Option<Self> {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
        let (field, rest) = inner.strip_prefix("$.")?.split_once(' ')?;
        let is = match rest.split_once(' ')? {
            ("=", value) => Is::Text(value.strip_prefix('"')?.strip_suffix('"')?.to_owned()),
            (">", value) => Is::MoreThan(value.parse().ok()?),
            _ => return None,
        };
        Some(Self { pointer: format!("/{}", field.replace('.', "/")), is })
    }

    fn holds(&self, line: &Value) -> bool {
        let value = line.pointer(&self.pointer);
        match &self.is {
            Is::Text(text) => value.and_then(Value::as_str) == Some(text),
            Is::MoreThan(least) => value.and_then(Value::as_f64).is_some_and(|it| it > *least),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_fields_are_looked_for() {
        let words = Pattern::read("\"pool is\"").unwrap();
        assert!(words.fits("the pool is ready") && !words.fits("the pool"));
        let json = Pattern::read(r#"{ ($.message = "warm") || ($.a.b > 0) }"#).unwrap();
        for (line, fits) in [
            (r#"{"message": "warm"}"#, true),
            (r#"{"a": {"b": 0.5}}"#, true),
            (r#"{"a": {"b": 0}}"#, false),
            ("warm", false),
        ] {
            assert_eq!(json.fits(line), fits, "{line}");
        }
        assert!(Pattern::read("{ $.message }").is_err());
    }
}
