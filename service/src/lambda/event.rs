//! From an event to a request.
//!
//! A function URL and an HTTP API send payloads of version 2.0, a REST API those of version 1.0, a load balancer its own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer>

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{self, HeaderName, HeaderValue, Request, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::Invocation;

/// The way that an event has come, which its answer goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Through a function URL.
    Url,
    /// Through an HTTP API, whose events and answers are the same, and never streamed.
    Api,
    /// Through a REST API, or an HTTP API that sends payloads of version 1.0.
    RestApi,
    /// Through a load balancer that tells each header once.
    Balancer,
    /// Through a load balancer whose target group tells headers as lists.
    BalancerWithLists,
}

/// Why an event cannot be answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnknownEvent {
    #[error("the event is not of a function URL, an API of API Gateway or a load balancer: {0}")]
    Shape(&'static str),
    #[error("the event cannot be read")]
    Json(#[from] serde_json::Error),
    #[error("the event's body is not base64")]
    Body(#[from] base64::DecodeError),
    #[error("the event is no request")]
    Request(#[from] http::Error),
}

/// Both payloads; what else stands in them is not looked at.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    version: Option<String>,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    cookies: Option<Vec<String>>,
    http_method: Option<String>,
    path: Option<String>,
    query_string_parameters: Option<BTreeMap<String, String>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    headers: Option<BTreeMap<String, String>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    request_context: Option<Context>,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    http: Option<Http>,
    stage: Option<String>,
    path: Option<String>,
    domain_name: Option<String>,
    elb: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// The request that an event is.
pub(super) fn read(invocation: &Invocation) -> Result<(Request<Body>, Way), UnknownEvent> {
    let event: Event = serde_json::from_slice(&invocation.event)?;
    let context = event.request_context.as_ref();
    let is_two = event.version.as_deref() == Some("2.0");
    let (method, target, way) = match (context.and_then(|it| it.http.as_ref()), &event.http_method)
    {
        (Some(http), _) if is_two => (&http.method, url_target(&event), url_or_api(&event)),
        (_, Some(method)) if context.is_some_and(|it| it.elb.is_some()) => {
            let has_lists = event.multi_value_headers.is_some();
            let way = if has_lists { Way::BalancerWithLists } else { Way::Balancer };
            (method, balancer_target(&event), way)
        }
        (_, Some(method)) if context.is_some() => (method, rest_target(&event), Way::RestApi),
        (None, None) => return Err(UnknownEvent::Shape("it has no method")),
        _ => return Err(UnknownEvent::Shape("its version is another")),
    };
    let mut request = Request::builder().method(method.as_str()).uri(target);
    for (name, value) in headers(&event) {
        // A header that HTTP does not know cannot have come with a request.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request = request.header(name, value);
        }
    }
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded { STANDARD.decode(body)? } else { body.into_bytes() };
    let mut request = request.body(Body::from(body))?;
    mark(&mut request, invocation);
    Ok((request, way))
}

/// Makes the request a part of the invocation: of its trace, and known by its id unless the client gave one.
fn mark(request: &mut Request<Body>, invocation: &Invocation) {
    let headers = request.headers_mut();
    // Lambda's is the one below which the function's own segment hangs. The client's would lead past it.
    if let Some(trace) = &invocation.trace {
        if trace.to_str().is_ok_and(is_sampled) {
            headers.remove("traceparent");
            headers.remove("tracestate");
        }
        headers.insert("x-amzn-trace-id", trace.clone());
    }
    if let (Ok(id), false) =
        (HeaderValue::try_from(&invocation.id), headers.contains_key("x-request-id"))
    {
        headers.insert("x-request-id", id);
    }
}

fn is_sampled(trace: &str) -> bool {
    trace.split(';').any(|part| part.trim() == "Sampled=1")
}

/// A function URL is known by its host, which nobody can choose.
fn url_or_api(event: &Event) -> Way {
    let host = event.request_context.as_ref().and_then(|it| it.domain_name.as_deref());
    match host.is_none_or(|host| host.contains(".lambda-url.")) {
        true => Way::Url,
        false => Way::Api,
    }
}

fn url_target(event: &Event) -> String {
    let path = event.raw_path.as_deref().unwrap_or("/");
    target(below_stage(event, path), event.raw_query_string.as_deref().unwrap_or_default())
}

/// A path without the API's stage. An HTTP API puts that before the path; a function URL's is `$default`, and stands nowhere.
fn below_stage<'a>(event: &Event, path: &'a str) -> &'a str {
    let stage = event.request_context.as_ref().and_then(|it| it.stage.as_deref());
    let within = stage.filter(|stage| *stage != "$default").and_then(|stage| {
        let rest = path.strip_prefix('/')?.strip_prefix(stage)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    });
    within.unwrap_or(path)
}

/// An API hands names and values on decoded. A REST API tells its stage beside the path, and the path with it once more.
fn rest_target(event: &Event) -> String {
    let path = event.path.as_deref().unwrap_or("/");
    let whole = event.request_context.as_ref().and_then(|it| it.path.as_deref());
    let path = if whole == Some(path) { below_stage(event, path) } else { path };
    let encoded = |(name, value): (&str, &str)| format!("{}={}", component(name), component(value));
    let pairs: Vec<String> = pairs(event).into_iter().map(encoded).collect();
    target(path, &pairs.join("&"))
}

/// A load balancer hands names and values on as they were sent, percent signs and all.
fn balancer_target(event: &Event) -> String {
    let pairs = pairs(event).into_iter().map(|(name, value)| format!("{name}={value}"));
    target(event.path.as_deref().unwrap_or("/"), &pairs.collect::<Vec<_>>().join("&"))
}

/// The names and values of a query that came taken apart.
fn pairs(event: &Event) -> Vec<(&str, &str)> {
    match (&event.multi_value_query_string_parameters, &event.query_string_parameters) {
        (Some(lists), _) => {
            let all =
                lists.iter().flat_map(|(name, values)| values.iter().map(move |it| (name, it)));
            all.map(|(name, value)| (name.as_str(), value.as_str())).collect()
        }
        (None, Some(single)) => {
            single.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
        }
        (None, None) => Vec::new(),
    }
}

fn target(path: &str, query: &str) -> String {
    let path = escaped(path);
    let slash = if path.starts_with('/') { "" } else { "/" };
    match query {
        "" => format!("{slash}{path}"),
        query => format!("{slash}{path}?{}", escaped(query)),
    }
}

/// The same, with what may not stand in a request's line percent-encoded: an API may have decoded it.
fn escaped(text: &str) -> String {
    encoded(text, |byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte))
}

/// The same, with all percent-encoded that may mean something in a query.
fn component(text: &str) -> String {
    encoded(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn encoded(text: &str, stays: impl Fn(u8) -> bool) -> String {
    use std::fmt::Write;
    let mut all = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            all.push(char::from(byte));
        } else {
            write!(all, "%{byte:02X}").expect("a string takes all that is written");
        }
    }
    all
}

fn headers(event: &Event) -> Vec<(&str, String)> {
    let mut all = Vec::new();
    match (&event.multi_value_headers, &event.headers) {
        (Some(lists), _) => {
            for (name, values) in lists {
                all.extend(values.iter().map(|value| (name.as_str(), value.clone())));
            }
        }
        (None, Some(single)) => {
            all.extend(single.iter().map(|(name, value)| (name.as_str(), value.clone())));
        }
        (None, None) => {}
    }
    if let Some(cookies) = event.cookies.as_ref().filter(|cookies| !cookies.is_empty()) {
        all.push((header::COOKIE.as_str(), cookies.join("; ")));
    }
    all
}
