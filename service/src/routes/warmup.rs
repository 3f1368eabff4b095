//! `POST /warmup`: begins to warm both pools, and waits for neither.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::health::Health;
use crate::{
    app::App,
    error::{ApiError, Refusal},
};

/// Seconds after which to ask again.
pub(super) const COME_AGAIN: &str = "10";

/// The header that holds the key.
const KEY: &str = "x-ragctl-key";

/// Warming calls the providers, which cost money: with a key set, only who knows it may have that done.
#[utoipa::path(
    post, operation_id = "warmup", path = "/warmup", tag = "service",
    params(("X-Ragctl-Key" = Option<String>, Header, description = "`WARMUP_KEY`, when one is set")),
    responses(
        (status = 200, body = Health, description = "It is warm"),
        (status = 202, body = Health, description = "It warms up"),
        (status = 403, body = Refusal),
    ),
)]
pub(super) async fn warm(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(key) = &app.settings.warmup_key
        && !headers.get(KEY).is_some_and(|given| key.is(given.as_bytes()))
    {
        return Err(ApiError::Forbidden("`POST /warmup` needs the header X-Ragctl-Key"));
    }
    if app.is_warm() {
        return Ok(Json(Health::of(&app).await).into_response());
    }
    app.embedding.begin_warm_up();
    app.llm.begin_warm_up();
    let body = Json(Health::of(&app).await);
    Ok((StatusCode::ACCEPTED, [(RETRY_AFTER, COME_AGAIN)], body).into_response())
}
