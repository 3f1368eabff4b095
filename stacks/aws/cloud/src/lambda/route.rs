//! Lambda's addresses: which path and method mean which action.

use http::request::Parts;
use serde_json::{Value, json};

use crate::input::set;
use crate::protocol::decoded;
use crate::refusal::Refusal;

/// Method, path after the date of its version, and action. What is in braces is a parameter; what
/// stands behind a question mark must be in the query, and comes before the same path without.
const ROUTES: &[(&str, &str, &str)] = &[
    ("POST", "functions", "CreateFunction"),
    ("GET", "functions/{FunctionName}", "GetFunction"),
    ("DELETE", "functions/{FunctionName}", "DeleteFunction"),
    ("POST", "functions/{FunctionName}/invocations", "Invoke"),
    ("PUT", "functions/{FunctionName}/code", "UpdateFunctionCode"),
    ("GET", "functions/{FunctionName}/configuration", "GetFunctionConfiguration"),
    ("PUT", "functions/{FunctionName}/configuration", "UpdateFunctionConfiguration"),
    ("POST", "functions/{FunctionName}/versions", "PublishVersion"),
    ("GET", "functions/{FunctionName}/versions", "ListVersionsByFunction"),
    ("POST", "functions/{FunctionName}/aliases", "CreateAlias"),
    ("GET", "functions/{FunctionName}/aliases", "ListAliases"),
    ("GET", "functions/{FunctionName}/aliases/{Name}", "GetAlias"),
    ("PUT", "functions/{FunctionName}/aliases/{Name}", "UpdateAlias"),
    ("DELETE", "functions/{FunctionName}/aliases/{Name}", "DeleteAlias"),
    ("GET", "functions/{FunctionName}/policy", "GetPolicy"),
    ("POST", "functions/{FunctionName}/policy", "AddPermission"),
    ("DELETE", "functions/{FunctionName}/policy/{StatementId}", "RemovePermission"),
    ("PUT", "functions/{FunctionName}/concurrency", "PutFunctionConcurrency"),
    ("GET", "functions/{FunctionName}/concurrency", "GetFunctionConcurrency"),
    ("DELETE", "functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency"),
    ("PUT", "functions/{FunctionName}/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    (
        "GET",
        "functions/{FunctionName}/provisioned-concurrency?List=ALL",
        "ListProvisionedConcurrencyConfigs",
    ),
    ("GET", "functions/{FunctionName}/provisioned-concurrency", "GetProvisionedConcurrencyConfig"),
    (
        "DELETE",
        "functions/{FunctionName}/provisioned-concurrency",
        "DeleteProvisionedConcurrencyConfig",
    ),
    ("POST", "functions/{FunctionName}/url", "CreateFunctionUrlConfig"),
    ("GET", "functions/{FunctionName}/url", "GetFunctionUrlConfig"),
    ("PUT", "functions/{FunctionName}/url", "UpdateFunctionUrlConfig"),
    ("DELETE", "functions/{FunctionName}/url", "DeleteFunctionUrlConfig"),
    ("GET", "functions/{FunctionName}/urls", "ListFunctionUrlConfigs"),
    ("GET", "layers?find=LayerVersion", "GetLayerVersionByArn"),
    ("GET", "layers", "ListLayers"),
    ("POST", "layers/{LayerName}/versions", "PublishLayerVersion"),
    ("GET", "layers/{LayerName}/versions", "ListLayerVersions"),
    ("GET", "layers/{LayerName}/versions/{VersionNumber}", "GetLayerVersion"),
    ("DELETE", "layers/{LayerName}/versions/{VersionNumber}", "DeleteLayerVersion"),
    ("GET", "tags/{Resource}", "ListTags"),
    ("POST", "tags/{Resource}", "TagResource"),
    ("DELETE", "tags/{Resource}", "UntagResource"),
    ("GET", "account-settings", "GetAccountSettings"),
];

/// What the query and the headers may say, by the names of the input's fields.
const SAID: [&str; 6] = ["Qualifier", "Marker", "MaxItems", "FunctionVersion", "RevisionId", "Arn"];
const HEADERS: [(&str, &str); 2] =
    [("x-amz-log-type", "LogType"), ("x-amz-invocation-type", "InvocationType")];

/// The action that a request's address means, and its input with what the address says.
///
/// # Errors
///
/// `NotImplementedHere` for other addresses.
pub(crate) fn route(head: &Parts, body: Value) -> Result<(&'static str, Value), Refusal> {
    let path = head.uri.path().trim_matches('/');
    // A plus sign in a path is itself, unlike in a form.
    let part = |it: &str| decoded(it.replace('+', "%2B").as_bytes());
    let parts: Vec<String> = path.split('/').skip(1).map(part).collect();
    let query = head.uri.query().unwrap_or_default().split('&').filter(|it| !it.is_empty());
    let query: Vec<(String, String)> = query
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decoded(key.as_bytes()), decoded(value.as_bytes())))
        .collect();
    let method = head.method.as_str();
    let found = ROUTES
        .iter()
        .filter(|(of, _, _)| *of == method)
        .find_map(|(_, pattern, action)| Some((*action, parameters(pattern, &parts, &query)?)));
    let (action, parameters) =
        found.ok_or_else(|| Refusal::not_here("lambda", &format!("{method} /{path}")))?;
    let mut input = match action {
        "Invoke" => json!({ "Payload": body }),
        _ if body.is_object() => body,
        _ => json!({}),
    };
    for (key, value) in parameters {
        set(&mut input, key, value);
    }
    for key in SAID {
        if let Some((_, value)) = query.iter().find(|(it, _)| it == key) {
            set(&mut input, key, value.as_str());
        }
    }
    for (header, key) in HEADERS {
        if let Some(value) = head.headers.get(header).and_then(|it| it.to_str().ok()) {
            set(&mut input, key, value);
        }
    }
    let keys: Vec<&str> =
        query.iter().filter(|(it, _)| it == "tagKeys").map(|(_, value)| value.as_str()).collect();
    if !keys.is_empty() {
        set(&mut input, "TagKeys", keys);
    }
    Ok((action, input))
}

/// What the parts of a path are by a pattern; `None` when they are of another.
fn parameters<'a>(
    pattern: &'static str,
    parts: &'a [String],
    query: &[(String, String)],
) -> Option<Vec<(&'static str, &'a str)>> {
    let (pattern, asked) = match pattern.split_once('?') {
        Some((pattern, asked)) => (pattern, asked.split_once('=')),
        None => (pattern, None),
    };
    if asked.is_some_and(|(key, value)| !query.iter().any(|it| it.0 == key && it.1 == value)) {
        return None;
    }
    let wanted: Vec<&str> = pattern.split('/').collect();
    if wanted.len() != parts.len() {
        return None;
    }
    let mut found = Vec::new();
    for (wanted, part) in wanted.into_iter().zip(parts) {
        match wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(parameter) => found.push((parameter, part.as_str())),
            None if wanted == part => {}
            None => return None,
        }
    }
    Some(found)
}
