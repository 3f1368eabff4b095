//! `GET /documents/track_status/{track_id}`, `GET /documents/status_counts` and `GET /documents/pipeline_status`: how far
//! documents have come.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::entry::{Entry, StatusCounts};
use crate::{
    app::App,
    error::ApiError,
    ports::store::{Page, Sort},
};

/// Documents that are read at once of a request with more.
const PAGE: u32 = 1000;

/// The most documents of a request that are listed; `total_count` has all.
const MOST_LISTED: usize = 10_000;

#[derive(Serialize, ToSchema)]
pub(super) struct Tracked {
    track_id: String,
    /// The documents of the request, oldest first; none when it is not known.
    documents: Vec<Entry>,
    total_count: u64,
    /// How many of those that are listed have which status.
    status_summary: BTreeMap<&'static str, u64>,
}

/// Tells how far the documents of one request have come.
#[utoipa::path(
    get, operation_id = "track_status", path = "/documents/track_status/{track_id}", tag = "documents",
    params(("track_id" = String, Path, description = "From the answer that took the documents")),
    responses((status = 200, body = Tracked)),
)]
pub(super) async fn tracked(
    State(app): State<Arc<App>>,
    Path(track_id): Path<String>,
) -> Result<Json<Tracked>, ApiError> {
    let (mut documents, mut total) = (Vec::new(), 0);
    for page in 1.. {
        let (track_id, statuses) = (Some(track_id.clone()), Vec::new());
        let sort = Sort { ascending: true, ..Sort::default() };
        let listed =
            app.store.documents(Page { page, size: PAGE, track_id, statuses, sort }).await?;
        total = listed.total;
        documents.extend(listed.documents);
        if documents.len() as u64 >= total || documents.len() >= MOST_LISTED {
            break;
        }
    }
    let mut status_summary = BTreeMap::new();
    for document in &documents {
        *status_summary.entry(document.status.word()).or_insert(0) += 1;
    }
    let documents = documents.into_iter().map(Entry::from).collect();
    Ok(Json(Tracked { track_id, documents, total_count: total, status_summary }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Counted {
    status_counts: StatusCounts,
}

/// Counts documents by status.
#[utoipa::path(
    get, operation_id = "status_counts", path = "/documents/status_counts", tag = "documents",
    responses((status = 200, body = Counted)),
)]
pub(super) async fn counted(State(app): State<Arc<App>>) -> Result<Json<Counted>, ApiError> {
    Ok(Json(Counted { status_counts: app.store.counts().await?.into() }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Pipeline {
    /// Whether documents wait or are worked on, by any process that shares the store.
    busy: bool,
    /// What is being done.
    job_name: &'static str,
    /// When the work that goes on began; null when this process does none.
    job_start: Option<Timestamp>,
    /// Documents in all.
    docs: u64,
    /// Documents in all; LightRAG's clients expect it.
    batchs: u64,
    /// Documents that are finished, well or not.
    cur_batch: u64,
    /// Documents wait.
    request_pending: bool,
    cancellation_requested: bool,
    /// The last of `history_messages`.
    latest_message: String,
    /// What this process did last, oldest first.
    history_messages: Vec<String>,
    /// Why documents that were acknowledged cannot be stored now.
    obstacle: Option<&'static str>,
}

/// Tells what is done with documents.
#[utoipa::path(
    get, operation_id = "pipeline_status", path = "/documents/pipeline_status", tag = "documents",
    responses((status = 200, body = Pipeline)),
)]
pub(super) async fn pipeline(State(app): State<Arc<App>>) -> Result<Json<Pipeline>, ApiError> {
    let counts = app.store.counts().await?;
    let left = counts.pending + counts.processing;
    let finished = counts.processed + counts.failed;
    let progress = app.ingest.progress();
    Ok(Json(Pipeline {
        busy: left > 0,
        job_name: if left > 0 { "indexing documents" } else { "-" },
        job_start: progress.since,
        docs: left + finished,
        batchs: left + finished,
        cur_batch: finished,
        request_pending: counts.pending > 0,
        cancellation_requested: false,
        latest_message: progress.messages.last().cloned().unwrap_or_default(),
        history_messages: progress.messages,
        obstacle: app.ingest.obstacle(),
    }))
}
