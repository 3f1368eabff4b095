//! Reading what a caller sent, whether it came as JSON or as a form of texts.

use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// A text, when it is there and not empty.
pub(crate) fn text<'a>(input: &'a Value, key: &str) -> Option<&'a str> {
    input.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A text that must be there.
///
/// # Errors
///
/// `ValidationException` when it is not.
pub(crate) fn need<'a>(input: &'a Value, key: &str) -> Result<&'a str, Refusal> {
    text(input, key).ok_or_else(|| {
        let message = format!(
            "1 validation error detected: Value at '{key}' failed to satisfy \
                               constraint: Member must not be null"
        );
        Refusal::new("ValidationException", message)
    })
}

/// A list; empty when it is not there.
pub(crate) fn list<'a>(input: &'a Value, key: &str) -> &'a [Value] {
    input.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A list of texts.
pub(crate) fn texts(input: &Value, key: &str) -> Vec<String> {
    list(input, key).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A whole number, also when a form sent it as text.
pub(crate) fn whole(input: &Value, key: &str) -> Option<i64> {
    let value = input.get(key)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A yes or no, also when a form sent it as text.
pub(crate) fn flag(input: &Value, key: &str) -> Option<bool> {
    let value = input.get(key)?;
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

/// The named fields of `input` that are there, and not null.
pub(crate) fn keep(input: &Value, keys: &[&str]) -> Value {
    let kept = keys.iter().filter_map(|key| {
        let value = input.get(*key).filter(|value| !value.is_null())?;
        Some(((*key).to_owned(), value.clone()))
    });
    Value::Object(kept.collect::<Map<_, _>>())
}

/// Fills in what is missing in `value` from `defaults`, at every depth.
pub(crate) fn fill(value: &mut Value, defaults: &Value) {
    let (Value::Object(have), Value::Object(want)) = (value, defaults) else { return };
    for (key, default) in want {
        match have.get_mut(key) {
            Some(old) if !old.is_null() => fill(old, default),
            _ => {
                have.insert(key.clone(), default.clone());
            }
        }
    }
}

/// Puts every field of `changes` into `value`, replacing what was there.
pub(crate) fn overlay(value: &mut Value, changes: &Value) {
    let (Value::Object(have), Value::Object(want)) = (value, changes) else { return };
    for (key, new) in want {
        have.insert(key.clone(), new.clone());
    }
}

/// Sets one field of an object.
pub(crate) fn set(value: &mut Value, key: &str, new: impl Into<Value>) {
    if let Value::Object(have) = value {
        have.insert(key.to_owned(), new.into());
    }
}

/// Whether two values say the same once numbers and texts are read alike.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    fn plain(value: &Value) -> String {
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(v, w)| same(v, w))
        }
        (a, b) => plain(a) == plain(b),
    }
}

/// The last part of an ARN or of a name with a path.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
