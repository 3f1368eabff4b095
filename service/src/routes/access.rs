//! Who may ask: the API key, and pages of other sites.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::{
    app::App,
    config::{Access, Origins},
    error::ApiError,
};

/// What anybody may ask: whether the service lives, what it can do, and its pages, which hold nothing of the documents.
/// `/warmup` has a key of its own.
const OPEN: [&str; 10] = [
    "/",
    "/auth-status",
    "/docs",
    "/health",
    "/livez",
    "/login",
    "/openapi.json",
    "/readyz",
    "/redoc",
    "/warmup",
];

/// What the pages are made of.
const OPEN_BELOW: [&str; 2] = ["/assets/", "/webui/"];

/// The header that LightRAG's clients send.
const KEY: &str = "x-api-key";

/// The longest that a browser may remember what it may ask, in seconds.
const PREFLIGHT_S: u64 = 600;

/// Lets a request through that needs no key, or has shown it.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let access = &app.settings.access;
    let path = request.uri().path();
    let is_open = OPEN.contains(&path)
        || OPEN_BELOW.iter().any(|above| path.starts_with(above))
        || access.whitelist.has(path);
    if is_open {
        return next.run(request).await;
    }
    match shown(access, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whether a request may see everything: it has shown the key, or there is none.
pub(super) fn shown(access: &Access, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(key) = &access.key else { return Ok(()) };
    let bearer =
        headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).and_then(|value| {
            let (scheme, token) = value.split_at_checked("Bearer ".len())?;
            scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
        });
    match headers.get(KEY).map(|value| value.as_bytes()).or(bearer) {
        None => Err(ApiError::WrongKey("API Key required")),
        Some(given) if key.is(given) => Ok(()),
        Some(_) => Err(ApiError::WrongKey("Invalid API Key")),
    }
}

/// What browsers are told of other sites' pages; nothing, so that they refuse, when there are none.
pub(super) fn cross_origin(access: &Access) -> Option<CorsLayer> {
    let origins = match &access.origins {
        Origins::Own => return None,
        Origins::These(origins) => AllowOrigin::list(origins.iter().cloned()),
        Origins::Any => AllowOrigin::from(Any),
    };
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::HeaderName::from_static(KEY),
            header::HeaderName::from_static("x-request-id"),
        ])
        .expose_headers([header::RETRY_AFTER, header::HeaderName::from_static("x-request-id")])
        .max_age(std::time::Duration::from_secs(PREFLIGHT_S));
    Some(layer)
}
