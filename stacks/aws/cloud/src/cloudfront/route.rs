//! CloudFront's addresses: which path and method mean which action. Bodies are XML, and stay as they are.

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::input::{set, text};
use crate::protocol::decoded;
use crate::refusal::Refusal;

/// The action that a request's address means, and its input.
///
/// # Errors
///
/// `NotImplementedHere` for other addresses.
pub(crate) fn route(head: &Parts, body: &[u8]) -> Result<(&'static str, Value), Refusal> {
    let path = head.uri.path().trim_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let query: Vec<(String, String)> = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decoded(key.as_bytes()), decoded(value.as_bytes())))
        .collect();
    let asked = |key: &str| query.iter().find(|(it, _)| it == key).map(|(_, value)| value.as_str());
    let mut input = json!({"Body": String::from_utf8_lossy(body)});
    if let Some(e_tag) = head.headers.get("if-match").and_then(|it| it.to_str().ok()) {
        set(&mut input, "IfMatch", e_tag);
    }
    for key in ["Marker", "Resource"] {
        if let Some(value) = asked(key) {
            set(&mut input, key, value);
        }
    }
    let method = &head.method;
    let (action, id) = match parts.as_slice() {
        [_, "distribution"] if method == Method::GET => ("ListDistributions", None),
        [_, "distribution"] if method == Method::POST && asked("WithTags").is_some() => {
            ("CreateDistributionWithTags", None)
        }
        [_, "distribution", id] if method == Method::GET => ("GetDistribution", Some(id)),
        [_, "distribution", id] if method == Method::DELETE => ("DeleteDistribution", Some(id)),
        [_, "distribution", id, "config"] if method == Method::GET => {
            ("GetDistributionConfig", Some(id))
        }
        [_, "distribution", id, "config"] if method == Method::PUT => {
            ("UpdateDistribution", Some(id))
        }
        [_, "tagging"] if method == Method::GET => ("ListTagsForResource", None),
        [_, "tagging"] if asked("Operation") == Some("Tag") => ("TagResource", None),
        _ => return Err(Refusal::not_here("cloudfront", &format!("{method} {path}"))),
    };
    if let Some(id) = id {
        set(&mut input, "Id", *id);
    }
    Ok((action, input))
}

/// The HTTP status, the mark and the body of an answer.
pub(crate) fn written(output: &Value) -> (u16, Option<String>, String) {
    let status = output["Status"].as_u64().and_then(|it| u16::try_from(it).ok()).unwrap_or(200);
    let xml = text(output, "Xml").unwrap_or_default().to_owned();
    (status, text(output, "ETag").map(str::to_owned), xml)
}
