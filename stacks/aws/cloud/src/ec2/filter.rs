//! EC2's filters: every filter must match, by any of its values.

use serde_json::Value;

use crate::input::{list, text, texts};
use crate::refusal::Refusal;
use crate::tags::Tags;

/// Whether a resource passes the filters of `input`.
///
/// `field` gives a resource's values by the name of a filter, `None` for a filter it does not know.
///
/// # Errors
///
/// `InvalidParameterValue` for a filter that the resource does not know.
pub(super) fn passes(
    input: &Value,
    tags: Option<&Tags>,
    field: impl Fn(&str) -> Option<Vec<String>>,
) -> Result<bool, Refusal> {
    for filter in list(input, "Filter") {
        let name = text(filter, "Name").unwrap_or_default();
        let wanted = texts(filter, "Value");
        let has = match name.split_once("tag:") {
            Some(("", key)) => tags.and_then(|tags| tags.get(key)).cloned().into_iter().collect(),
            _ if name == "tag-key" => {
                tags.map(|tags| tags.keys().cloned().collect()).unwrap_or_default()
            }
            _ => field(name).ok_or_else(|| {
                let message = format!("The filter '{name}' is invalid");
                Refusal::new("InvalidParameterValue", message)
            })?,
        };
        if !has.iter().any(|value| wanted.iter().any(|pattern| like(pattern, value))) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `text` is like `pattern`, in which `*` stands for anything.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| like(tail, rest)))
        }),
    }
}

/// The values of one field, for [`passes`].
pub(super) fn one(value: impl Into<String>) -> Option<Vec<String>> {
    Some(vec![value.into()])
}
