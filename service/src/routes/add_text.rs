//! `POST /documents/text`: a document as JSON.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    app::App,
    error::ApiError,
    metrics::{self, StoreCall},
    pipeline::document::{document, track_id},
    ports::store::Added,
};

#[derive(Deserialize)]
pub(super) struct Sent {
    text: String,
    file_source: Option<String>,
}

/// What is said of a document that is safe on disk.
#[derive(Serialize)]
pub(super) struct Kept {
    status: &'static str,
    message: String,
    track_id: String,
}

/// Keeps a document.
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Body(sent): Body<Sent>,
) -> Result<Json<Kept>, ApiError> {
    let limit_bytes = app.settings.max_upload_bytes;
    if sent.text.len() > limit_bytes {
        return Err(ApiError::TooLarge { limit_bytes });
    }
    keep(&app, sent.file_source.as_deref(), sent.text, "insert").await
}

/// Makes a document durable and has it taken up. `kind` begins its track id.
pub(super) async fn keep(
    app: &App,
    source: Option<&str>,
    text: String,
    kind: &str,
) -> Result<Json<Kept>, ApiError> {
    let now = Timestamp::now();
    let track_id = track_id(kind, now, fastrand::u32(..));
    let document = document(source, text, &track_id, now)?;
    let source = document.source.clone();
    let message = match metrics::store(StoreCall::Add, app.store.add(document)).await? {
        Added::New => format!("`{source}` is kept and will be indexed"),
        Added::Same => format!("`{source}` is there already, with the same text"),
        Added::Different => {
            let words = format!("`{source}` is there with other text; delete it first");
            return Err(ApiError::Conflict(words));
        }
    };
    app.ingest.wake();
    Ok(Json(Kept { status: "success", message, track_id }))
}
