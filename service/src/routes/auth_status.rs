//! `GET /auth-status` and `GET /auth/verify`: how to show who asks.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, error::Refusal};

/// LightRAG's API as its version 1.5.7 names it.
pub(super) const API_VERSION: &str = "0344";

/// How to show who asks.
#[derive(Serialize, ToSchema)]
pub(super) struct AuthStatus {
    /// Always false: there are no accounts.
    auth_configured: bool,
    /// Always `disabled`: there are no accounts.
    auth_mode: &'static str,
    /// Whether requests need the header `X-API-Key`.
    api_key_required: bool,
    core_version: &'static str,
    /// The version of LightRAG's API that this one follows.
    api_version: &'static str,
    message: &'static str,
}

/// Tells how to show who asks.
#[utoipa::path(get, operation_id = "auth_status", path = "/auth-status", tag = "service", responses((status = 200, body = AuthStatus)))]
pub(super) async fn status(State(app): State<Arc<App>>) -> Json<AuthStatus> {
    let api_key_required = app.settings.access.key.is_some();
    let message = match api_key_required {
        true => "send the header X-API-Key",
        false => "anybody may ask",
    };
    Json(AuthStatus {
        auth_configured: false,
        auth_mode: "disabled",
        api_key_required,
        core_version: env!("CARGO_PKG_VERSION"),
        api_version: API_VERSION,
        message,
    })
}

/// The key was right.
#[derive(Serialize, ToSchema)]
pub(super) struct Verified {
    /// Always `ok`.
    status: &'static str,
}

/// Tells whether the key is right.
#[utoipa::path(
    get, operation_id = "auth_verify", path = "/auth/verify", tag = "service",
    responses((status = 200, body = Verified), (status = 403, body = Refusal)),
)]
pub(super) async fn verify() -> Json<Verified> {
    Json(Verified { status: "ok" })
}
