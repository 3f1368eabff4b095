//! Tags, in the four forms in which AWS's services write them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::input::{list, text, texts};

/// Tags by their key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Reads a list of pairs, whose members are called `key`/`value` or `Key`/`Value`.
pub(crate) fn from_pairs(input: &Value, name: &str) -> Tags {
    let part = |tag: &Value, low: &str, high: &str| {
        text(tag, low).or_else(|| text(tag, high)).unwrap_or_default().to_owned()
    };
    list(input, name)
        .iter()
        .map(|tag| (part(tag, "key", "Key"), part(tag, "value", "Value")))
        .collect()
}

/// Reads a map.
pub(crate) fn from_map(input: &Value, name: &str) -> Tags {
    let Some(map) = input.get(name).and_then(Value::as_object) else { return Tags::new() };
    map.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect()
}

/// `[{"key": …, "value": …}]`, as ECS and EC2 write them.
pub(crate) fn low_pairs(tags: &Tags) -> Value {
    tags.iter().map(|(k, v)| json!({"key": k, "value": v})).collect()
}

/// `[{"Key": …, "Value": …}]`, as most write them.
pub(crate) fn pairs(tags: &Tags) -> Value {
    tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect()
}

/// `{…: …}`, as Logs and Lambda write them.
pub(crate) fn map(tags: &Tags) -> Value {
    Value::Object(tags.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<Map<_, _>>())
}

/// Takes away the keys listed under `name`.
pub(crate) fn remove(tags: &mut Tags, input: &Value, name: &str) {
    for key in texts(input, name) {
        tags.remove(&key);
    }
}
