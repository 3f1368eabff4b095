//! Long lists, a page at a time.

use serde_json::{Value, json};

use crate::input::{set, text, whole};

/// A page of `all` beneath `key`, as `Marker` and `MaxItems` ask; never more than `most`.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>
pub(super) fn page(all: Vec<Value>, key: &str, input: &Value, most: usize) -> Value {
    let from: usize = text(input, "Marker").and_then(|it| it.parse().ok()).unwrap_or_default();
    let asked = whole(input, "MaxItems").and_then(|it| usize::try_from(it).ok()).unwrap_or(most);
    let until = from + asked.clamp(1, most);
    let more = all.len() > until;
    let shown: Vec<Value> = all.into_iter().skip(from).take(until - from).collect();
    let mut answer = json!({ key: shown });
    if more {
        set(&mut answer, "NextMarker", until.to_string());
    }
    answer
}
