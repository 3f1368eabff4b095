//! Lambda's addresses: which path and method mean which action.

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::input::set;
use crate::refusal::Refusal;

/// The action that a request's address means, and its input with what the address says.
///
/// # Errors
///
/// `NotImplementedHere` for other addresses.
pub(crate) fn route(head: &Parts, body: Value) -> Result<(&'static str, Value), Refusal> {
    let path = head.uri.path().trim_end_matches('/');
    let parts: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        // A plus sign in a path is itself, unlike in a form.
        .map(|part| crate::protocol::decoded(part.replace('+', "%2B").as_bytes()))
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut input = if body.is_object() { body } else { json!({}) };
    let method = &head.method;
    let (action, key, value) = match parts.as_slice() {
        [_, "functions"] if method == Method::POST => return Ok(("CreateFunction", input)),
        [_, "functions", name] if method == Method::GET => ("GetFunction", "FunctionName", name),
        [_, "functions", name] if method == Method::DELETE => {
            ("DeleteFunction", "FunctionName", name)
        }
        [_, "functions", name, "invocations"] if method == Method::POST => {
            ("Invoke", "FunctionName", name)
        }
        [_, "functions", name, "code"] if method == Method::PUT => {
            ("UpdateFunctionCode", "FunctionName", name)
        }
        [_, "functions", name, "configuration"] if method == Method::GET => {
            ("GetFunctionConfiguration", "FunctionName", name)
        }
        [_, "functions", name, "configuration"] if method == Method::PUT => {
            ("UpdateFunctionConfiguration", "FunctionName", name)
        }
        [_, "functions", name, "policy"] if method == Method::GET => {
            ("GetPolicy", "FunctionName", name)
        }
        [_, "functions", name, "policy"] if method == Method::POST => {
            ("AddPermission", "FunctionName", name)
        }
        [_, "functions", name, "policy", statement] if method == Method::DELETE => {
            set(&mut input, "StatementId", *statement);
            ("RemovePermission", "FunctionName", name)
        }
        [_, "tags", arn] if method == Method::GET => ("ListTags", "Resource", arn),
        [_, "tags", arn] if method == Method::POST => ("TagResource", "Resource", arn),
        [_, "tags", arn] if method == Method::DELETE => {
            let query = head.uri.query().unwrap_or_default();
            let keys = query.split('&').filter_map(|pair| pair.strip_prefix("tagKeys="));
            let keys: Vec<String> =
                keys.map(|key| crate::protocol::decoded(key.as_bytes())).collect();
            set(&mut input, "TagKeys", keys);
            ("UntagResource", "Resource", arn)
        }
        _ => return Err(Refusal::not_here("lambda", &format!("{method} {path}"))),
    };
    set(&mut input, key, *value);
    Ok((action, input))
}

/// The HTTP status and the body of an answer.
pub(crate) fn status(action: &str, output: &Value) -> (u16, String) {
    match action {
        "CreateFunction" | "AddPermission" => (201, output.to_string()),
        "DeleteFunction" | "RemovePermission" | "TagResource" | "UntagResource" => {
            (204, String::new())
        }
        _ => (200, output.to_string()),
    }
}
