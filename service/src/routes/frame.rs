//! What surrounds every request: its id, its line in the log, its time limit, and what is left of a panic.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, header::X_CONTENT_TYPE_OPTIONS},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::{Instrument, field::Empty};

use crate::{
    app::App,
    error::ApiError,
    logs::{self, ms},
    metrics::InFlight,
    pool, traces,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PURPOSE: HeaderName = HeaderName::from_static("x-ragctl-purpose");

/// How much later than a request its calls end, so that what is told does not depend on which is noticed first.
const GRACE: Duration = Duration::from_millis(250);

/// The longest id that is taken over from a request.
const LONGEST_ID: usize = 128;

pub(super) async fn frame(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(&request);
    let (method, route) = (method(request.method()), route(&request));
    let is_use = is_use(&request);
    let trace = traces::request(method, &route, request.headers());
    // An error's line has to carry the id whatever the level of the log.
    let request_id = id.to_str().unwrap_or_default();
    let span = tracing::error_span!("request", request_id, trace_id = Empty);
    if let Some(trace_id) = traces::trace_id(&trace) {
        span.record("trace_id", tracing::field::display(trace_id));
    }
    let mut in_flight = InFlight::begin(route.clone(), method);
    let answered = async {
        let mut response = within_limits(&app, request, next).await;
        let (status, duration_ms) = (response.status().as_u16(), ms(began.elapsed()));
        if is_use {
            tracing::info!(method, path = route, status, duration_ms, "answered");
        } else {
            tracing::debug!(method, path = route, status, duration_ms, "answered a probe");
        }
        in_flight.answered(status);
        traces::answered(&trace, status);
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id);
        // What is sent is what it says it is: a browser must not guess.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    };
    // Both are entered: a layer that knows but one of them looks through those entered, not at parents.
    logs::of_request(span, answered).instrument(trace.clone()).await
}

/// The route as it is written in the router: a path may name a document, and there is no end of paths.
fn route(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("none", MatchedPath::as_str).to_owned()
}

/// The method, when it is one that HTTP knows: a client may write what it likes.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

async fn within_limits(app: &App, request: Request, next: Next) -> Response {
    if app.stopping.is_cancelled() {
        return ApiError::Stopping.into_response();
    }
    let limit = app.time_limit();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = pool::until(tokio::time::Instant::now() + limit + GRACE, answer);
    match timeout(limit, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => ApiError::Panicked(words(&*panic)).into_response(),
        Err(_) => ApiError::TimedOut(limit).into_response(),
    }
}

/// The client's id when it can be repeated as it is, else a new one.
fn request_id(request: &Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID).filter(|id| {
        let bytes = id.as_bytes();
        (1..=LONGEST_ID).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    });
    given.cloned().unwrap_or_else(|| {
        let id = format!("{:032x}", fastrand::u128(..));
        HeaderValue::try_from(id).expect("hexadecimal digits are a header value")
    })
}

/// Pings and probes say what they are; they are not use, and the log at `info` does without them.
fn is_use(request: &Request) -> bool {
    let purpose = request.headers().get(PURPOSE).map(HeaderValue::as_bytes);
    let is_watched = matches!(request.uri().path(), "/livez" | "/readyz" | "/health" | "/metrics");
    !matches!(purpose, Some(b"ping" | b"probe")) && !is_watched
}

fn words(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
