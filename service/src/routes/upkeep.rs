//! What keeps documents well: `POST /documents/reprocess_failed`, and the file types that can be read.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::done::Done;
use crate::{app::App, error::ApiError, pipeline::format::Format};

/// Documents that failed wait again.
#[derive(Serialize, ToSchema)]
pub(super) struct Reprocessing {
    /// Always `reprocessing_started`.
    status: &'static str,
    message: String,
    /// Always empty: the documents keep the track that they came with.
    track_id: &'static str,
}

/// Lets all documents that failed wait again.
#[utoipa::path(
    post, operation_id = "reprocess_failed", path = "/documents/reprocess_failed", tag = "documents",
    responses((status = 200, body = Reprocessing)),
)]
pub(super) async fn reprocess_failed(
    State(app): State<Arc<App>>,
) -> Result<Json<Reprocessing>, ApiError> {
    let count = app.store.retry(Timestamp::now()).await?;
    app.ingest.wake();
    let message = format!("{count} are tried again");
    Ok(Json(Reprocessing { status: "reprocessing_started", message, track_id: "" }))
}

/// Forgets all answers that were kept; there are none without `ENABLE_LLM_CACHE`.
#[utoipa::path(
    post, operation_id = "clear_cache", path = "/documents/clear_cache", tag = "documents",
    responses((status = 200, body = Done)),
)]
pub(super) async fn clear_cache(State(app): State<Arc<App>>) -> Json<Done> {
    app.answers.clear_cache();
    Done::json("all answers that were kept are forgotten")
}

#[derive(Serialize, ToSchema)]
pub(super) struct FileTypes {
    /// Endings of names, with their stops.
    supported_file_types: Vec<String>,
}

/// Lists the endings of files that can be uploaded.
#[utoipa::path(
    get, operation_id = "supported_file_types", path = "/documents/supported_file_types", tag = "documents",
    responses((status = 200, body = FileTypes)),
)]
pub(super) async fn file_types() -> Json<FileTypes> {
    let supported_file_types = Format::endings().map(|ending| format!(".{ending}")).collect();
    Json(FileTypes { supported_file_types })
}
