//! `GET /livez` and `GET /readyz`.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::health::Health;
use crate::app::App;

/// The process answers.
#[utoipa::path(get, operation_id = "livez", path = "/livez", tag = "service", responses((status = 200, body = Value)))]
pub(super) async fn live() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// Both providers have answered.
#[utoipa::path(
    get, operation_id = "readyz", path = "/readyz", tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Health)),
)]
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let status = match app.is_warm() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(Health::of(&app).await))
}
