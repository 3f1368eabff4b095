//! Lambda's answers: their status, and what of them stands in headers.

use serde_json::Value;

use crate::input::{text, whole};

/// What of the answer to `Invoke` stands in which header.
const HEADERS: [(&str, &str); 3] = [
    ("ExecutedVersion", "x-amz-executed-version"),
    ("FunctionError", "x-amz-function-error"),
    ("LogResult", "x-amz-log-result"),
];

/// The HTTP status, the headers and the body of an answer.
pub(crate) fn written(action: &str, output: &Value) -> (u16, Vec<(&'static str, String)>, String) {
    let status = match action {
        "Invoke" => return called(output),
        "CreateFunction"
        | "AddPermission"
        | "PublishVersion"
        | "CreateAlias"
        | "PublishLayerVersion"
        | "CreateFunctionUrlConfig" => 201,
        "PutProvisionedConcurrencyConfig" => 202,
        "TagResource" | "UntagResource" | "RemovePermission" => 204,
        deletes if deletes.starts_with("Delete") => 204,
        _ => 200,
    };
    let body = if status == 204 { String::new() } else { output.to_string() };
    (status, Vec::new(), body)
}

fn called(output: &Value) -> (u16, Vec<(&'static str, String)>, String) {
    let status = whole(output, "StatusCode").and_then(|it| u16::try_from(it).ok()).unwrap_or(200);
    let headers = HEADERS
        .iter()
        .filter_map(|(key, header)| Some((*header, text(output, key)?.to_owned())))
        .collect();
    (status, headers, output.get("Payload").map(Value::to_string).unwrap_or_default())
}
