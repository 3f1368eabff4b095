//! From a response to what leaves for the runtime API.

use std::collections::BTreeMap;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Serialize;

use super::event::Way;
use crate::error::ApiError;

/// The most of a whole answer, wrapping and all, as Lambda counts it ("Exceeded maximum allowed payload size (6291556 bytes)").
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST: usize = 6_291_556;

/// The most that a load balancer takes from a function: "1 MB", and the smaller of the two that this may mean.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>
const LARGEST_OF_BALANCER: usize = 1_000_000;

/// An answer in the form that it leaves in.
pub(super) enum Sent {
    /// A payload.
    Whole(Bytes),
    /// A head, and a body that is still made.
    Streamed(Bytes, Body),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<&'a str, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<BTreeMap<&'a str, Vec<String>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    body: &'a str,
    is_base64_encoded: bool,
}

/// The head of a streamed answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    status_code: u16,
    headers: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
}

/// An answer that leaves as it is made.
pub(super) fn streamed(response: Response) -> Sent {
    let (parts, body) = response.into_parts();
    let status_code = parts.status.as_u16();
    let headers = joined(&parts.headers, &[header::SET_COOKIE.as_str()]);
    let head = Head { status_code, headers, cookies: cookies(&parts.headers) };
    Sent::Streamed(serde_json::to_vec(&head).expect("words can be written").into(), body)
}

/// An answer that leaves when it is there. One that is too large is told as such: else Lambda or the load balancer would
/// put an answer of their own in its place, which says nothing.
pub(super) async fn whole(response: Response, way: Way) -> Sent {
    let limit = largest(way);
    let request_id = response.headers().get("x-request-id").cloned();
    let (parts, body) = response.into_parts();
    // Only a body that breaks off is no body; ours do not.
    let fit = match to_bytes(body, limit).await {
        Ok(body) => Some(payload(parts.status, &parts.headers, &body, way)),
        Err(_) => None,
    };
    if let Some(payload) = fit.filter(|payload| payload.len() <= limit) {
        return Sent::Whole(payload);
    }
    let mut refusal = too_large(way).into_response();
    if let Some(id) = request_id {
        refusal.headers_mut().insert("x-request-id", id);
    }
    let (parts, body) = refusal.into_parts();
    let body = to_bytes(body, limit).await.expect("a refusal is small, and whole");
    Sent::Whole(payload(parts.status, &parts.headers, &body, way))
}

fn largest(way: Way) -> usize {
    match way {
        Way::Url | Way::Api | Way::RestApi => LARGEST,
        Way::Balancer | Way::BalancerWithLists => LARGEST_OF_BALANCER,
    }
}

fn too_large(way: Way) -> ApiError {
    let limit_bytes = largest(way);
    let (through, remedy) = match way {
        Way::Url => (
            "Lambda",
            "ask for less, or stream: LAMBDA_RESPONSE=stream and RESPONSE_STREAM of the function URL",
        ),
        Way::Api | Way::RestApi => ("Lambda", "ask for less, or ask a function URL"),
        Way::Balancer | Way::BalancerWithLists => {
            ("a load balancer", "ask for less, or ask a function URL")
        }
    };
    ApiError::AnswerTooLarge { limit_bytes, through, remedy }
}

fn payload(status: StatusCode, headers: &HeaderMap, body: &[u8], way: Way) -> Bytes {
    let is_packed = headers.contains_key(header::CONTENT_ENCODING);
    let text = std::str::from_utf8(body).ok().filter(|_| !is_packed);
    let encoded = if text.is_none() { STANDARD.encode(body) } else { String::new() };
    let (is_base64_encoded, body) = (text.is_none(), text.unwrap_or(&encoded));
    let status_code = status.as_u16();
    let payload = match way {
        Way::Url | Way::Api => Payload {
            status_code,
            status_description: None,
            headers: Some(joined(headers, &[header::SET_COOKIE.as_str()])),
            multi_value_headers: None,
            cookies: cookies(headers),
            body,
            is_base64_encoded,
        },
        Way::RestApi => Payload {
            status_code,
            status_description: None,
            headers: None,
            multi_value_headers: Some(listed(headers)),
            cookies: Vec::new(),
            body,
            is_base64_encoded,
        },
        Way::Balancer | Way::BalancerWithLists => {
            let has_lists = way == Way::BalancerWithLists;
            Payload {
                status_code,
                status_description: Some(status.to_string()),
                headers: (!has_lists).then(|| joined(headers, &[])),
                multi_value_headers: has_lists.then(|| listed(headers)),
                cookies: Vec::new(),
                body,
                is_base64_encoded,
            }
        }
    };
    serde_json::to_vec(&payload).expect("words can be written").into()
}

/// Headers without some; of several with one name, the values with commas between.
fn joined<'a>(headers: &'a HeaderMap, without: &[&str]) -> BTreeMap<&'a str, String> {
    let names = headers.keys().map(|name| name.as_str()).filter(|name| !without.contains(name));
    names.map(|name| (name, values(headers, name).join(", "))).collect()
}

fn listed(headers: &HeaderMap) -> BTreeMap<&str, Vec<String>> {
    headers.keys().map(|name| (name.as_str(), values(headers, name.as_str()))).collect()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    values(headers, header::SET_COOKIE.as_str())
}

fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let all = headers.get_all(name).iter();
    all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}
