//! Results as JSON: the same facts that people get.

use serde::Serialize;

/// One document, indented.
pub(crate) fn document(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("every result has a JSON form") + "\n"
}

/// One document on one line.
pub(crate) fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("every result has a JSON form") + "\n"
}
