//! What a caller would be allowed to do.

use serde_json::{Value, json};

use super::Iam;
use crate::input::texts;

/// Everything is allowed but what the test denied.
pub(super) fn principal(iam: &Iam, input: &Value) -> Value {
    let mut resources = texts(input, "ResourceArns");
    if resources.is_empty() {
        resources.push(String::from("*"));
    }
    let results = texts(input, "ActionNames").into_iter().flat_map(|action| {
        let decision = if iam.denied.contains(&action) { "implicitDeny" } else { "allowed" };
        resources.iter().map(move |resource| {
            json!({"EvalActionName": action, "EvalResourceName": resource,
                   "EvalDecision": decision, "MatchedStatements": [], "MissingContextValues": []})
        })
    });
    json!({"EvaluationResults": results.collect::<Value>(), "IsTruncated": false})
}
