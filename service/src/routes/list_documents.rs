//! `GET /documents`: a page of documents, newest first.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    ports::store::{Counts, Document, DocumentStatus, Page, Sort},
};

/// The most documents of a page.
const LARGEST_PAGE: u32 = 200;

#[derive(Deserialize)]
pub(super) struct Asked {
    page: Option<u32>,
    page_size: Option<u32>,
    track_id: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Listed {
    documents: Vec<Entry>,
    total_count: u64,
    status_counts: StatusCounts,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    file_path: String,
    status: DocumentStatus,
    content_summary: String,
    content_length: u64,
    chunks_count: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    track_id: String,
    error_msg: Option<String>,
}

/// How many documents there are, by status.
#[derive(Serialize)]
pub(super) struct StatusCounts {
    pending: u64,
    processing: u64,
    processed: u64,
    failed: u64,
    all: u64,
}

impl From<Counts> for StatusCounts {
    fn from(Counts { pending, processing, processed, failed }: Counts) -> Self {
        let all = pending + processing + processed + failed;
        Self { pending, processing, processed, failed, all }
    }
}

impl From<Document> for Entry {
    fn from(document: Document) -> Self {
        Self {
            id: document.id,
            file_path: document.source,
            status: document.status,
            content_summary: document.summary,
            content_length: document.length,
            chunks_count: document.chunks,
            created_at: document.created_at,
            updated_at: document.updated_at,
            track_id: document.track_id,
            error_msg: document.error,
        }
    }
}

/// Lists documents.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Listed>, ApiError> {
    let Query(asked) = asked.map_err(|rejection| ApiError::query(&rejection))?;
    let (page, size) = (asked.page.unwrap_or(1), asked.page_size.unwrap_or(50));
    if page == 0 {
        return Err(ApiError::Unprocessable("page: pages are counted from 1".to_owned()));
    }
    if !(1..=LARGEST_PAGE).contains(&size) {
        let words = format!("page_size: not a number from 1 to {LARGEST_PAGE}");
        return Err(ApiError::Unprocessable(words));
    }
    let (statuses, sort) = (Vec::new(), Sort::default());
    let page = Page { page, size, track_id: asked.track_id, statuses, sort };
    let (listed, counts) = tokio::try_join!(app.store.documents(page), app.store.counts())?;
    Ok(Json(Listed {
        documents: listed.documents.into_iter().map(Entry::from).collect(),
        total_count: listed.total,
        status_counts: counts.into(),
    }))
}
