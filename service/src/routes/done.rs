//! What is said of something that was done.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Something was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// Always `success`.
    status: &'static str,
    message: String,
}

impl Done {
    pub(super) fn json(message: impl Into<String>) -> Json<Self> {
        Json(Self { status: "success", message: message.into() })
    }
}
