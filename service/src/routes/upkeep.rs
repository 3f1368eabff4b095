//! What keeps documents well: `POST /documents/reprocess_failed`, and the file types that can be read.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::done::Done;
use crate::{app::App, error::ApiError, pipeline::document};

/// Lets all documents that failed wait again.
#[utoipa::path(
    post, path = "/documents/reprocess_failed", tag = "documents",
    responses((status = 200, body = Done)),
)]
pub(super) async fn reprocess_failed(State(app): State<Arc<App>>) -> Result<Json<Done>, ApiError> {
    let count = app.store.retry(Timestamp::now()).await?;
    app.ingest.wake();
    Ok(Done::json(format!("{count} are tried again")))
}

#[derive(Serialize, ToSchema)]
pub(super) struct FileTypes {
    /// Endings of names, with their stops.
    supported_file_types: Vec<&'static str>,
}

/// Lists the endings of files that can be uploaded.
#[utoipa::path(
    get, operation_id = "supported_file_types", path = "/documents/supported_file_types", tag = "documents",
    responses((status = 200, body = FileTypes)),
)]
pub(super) async fn file_types() -> Json<FileTypes> {
    Json(FileTypes { supported_file_types: document::endings() })
}
