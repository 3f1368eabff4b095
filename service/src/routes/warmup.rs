//! `POST /warmup`: begins to warm both pools, and waits for neither.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::health::Health;
use crate::app::App;

/// Seconds after which to ask again.
pub(super) const COME_AGAIN: &str = "10";

pub(super) async fn warm(State(app): State<Arc<App>>) -> Response {
    if app.is_warm() {
        return Json(Health::of(&app).await).into_response();
    }
    app.embedding.begin_warm_up();
    app.llm.begin_warm_up();
    let body = Json(Health::of(&app).await);
    (StatusCode::ACCEPTED, [(RETRY_AFTER, COME_AGAIN)], body).into_response()
}
