//! `GET /documents` and `POST /documents/paginated`: a page of documents, newest first unless asked otherwise.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::Body,
    entry::{Entry, StatusCounts},
};
use crate::{
    app::App,
    error::{ApiError, Refusal},
    ports::store::{DocumentPage, DocumentStatus, Page, Sort, SortBy},
};

/// The most documents of a page.
const LARGEST_PAGE: u32 = 200;

/// Documents of a page, when nobody says.
const USUAL_PAGE: u32 = 50;

#[derive(Deserialize, IntoParams)]
pub(super) struct Asked {
    /// Counted from 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// Documents a page, 50 by default.
    #[param(minimum = 1, maximum = 200)]
    page_size: Option<u32>,
    /// Only those of one request.
    track_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Listed {
    documents: Vec<Entry>,
    total_count: u64,
    status_counts: StatusCounts,
}

/// Lists documents, newest first.
#[utoipa::path(
    get, operation_id = "list_documents", path = "/documents", tag = "documents", params(Asked),
    responses((status = 200, body = Listed), (status = 422, body = Refusal)),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Listed>, ApiError> {
    let Query(asked) = asked.map_err(|rejection| ApiError::query(&rejection))?;
    let (number, size) = size(asked.page, asked.page_size).map_err(ApiError::WrongQuery)?;
    let page = Page { track_id: asked.track_id, ..page(number, size) };
    let (listed, counts) = tokio::try_join!(app.store.documents(page), app.store.counts())?;
    Ok(Json(Listed {
        documents: listed.documents.into_iter().map(Entry::from).collect(),
        total_count: listed.total,
        status_counts: counts.into(),
    }))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = DocumentsRequest)]
pub(super) struct AskedPaginated {
    /// Only those of one status.
    status_filter: Option<Status>,
    /// Only those of these statuses; goes before `status_filter`.
    status_filters: Option<Vec<Status>>,
    /// Counted from 1.
    #[schema(minimum = 1)]
    page: Option<u32>,
    /// Documents a page, 50 by default.
    #[schema(minimum = 1, maximum = 200)]
    page_size: Option<u32>,
    /// `updated_at` by default.
    sort_field: Option<SortField>,
    /// `desc` by default.
    sort_direction: Option<Direction>,
}

/// The statuses that LightRAG knows; `parsing`, `analyzing` and `preprocessed` stand for no document here.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pending,
    Parsing,
    Analyzing,
    Processing,
    Preprocessed,
    Processed,
    Failed,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SortField {
    CreatedAt,
    UpdatedAt,
    Id,
    FilePath,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Paginated {
    documents: Vec<Entry>,
    pagination: Pagination,
    status_counts: StatusCounts,
}

#[derive(Serialize, ToSchema)]
struct Pagination {
    page: u32,
    page_size: u32,
    total_count: u64,
    total_pages: u64,
    has_next: bool,
    has_prev: bool,
}

/// Lists documents of some statuses, in some order.
#[utoipa::path(
    post, operation_id = "documents_paginated", path = "/documents/paginated", tag = "documents", request_body = AskedPaginated,
    responses((status = 200, body = Paginated), (status = 422, body = Refusal)),
)]
pub(super) async fn paginated(
    State(app): State<Arc<App>>,
    Body(asked): Body<AskedPaginated>,
) -> Result<Json<Paginated>, ApiError> {
    let (number, size) = size(asked.page, asked.page_size).map_err(ApiError::Unprocessable)?;
    let wanted = asked.status_filters.or(asked.status_filter.map(|status| vec![status]));
    let statuses = wanted.as_deref().map(known).unwrap_or_default();
    let by = match asked.sort_field.unwrap_or(SortField::UpdatedAt) {
        SortField::CreatedAt => SortBy::Created,
        SortField::UpdatedAt => SortBy::Updated,
        SortField::Id => SortBy::Id,
        SortField::FilePath => SortBy::Source,
    };
    let ascending = asked.sort_direction == Some(Direction::Asc);
    let is_of_none = wanted.is_some_and(|wanted| !wanted.is_empty()) && statuses.is_empty();
    let page = Page { statuses, sort: Sort { by, ascending }, ..page(number, size) };
    let counts = app.store.counts();
    let (listed, counts) = match is_of_none {
        true => (DocumentPage { documents: Vec::new(), total: 0 }, counts.await?),
        false => tokio::try_join!(app.store.documents(page), counts)?,
    };
    let total_pages = listed.total.div_ceil(u64::from(size));
    Ok(Json(Paginated {
        documents: listed.documents.into_iter().map(Entry::from).collect(),
        pagination: Pagination {
            page: number,
            page_size: size,
            total_count: listed.total,
            total_pages,
            has_next: u64::from(number) < total_pages,
            has_prev: number > 1,
        },
        status_counts: counts.into(),
    }))
}

/// Those of the statuses that documents have here.
fn known(wanted: &[Status]) -> Vec<DocumentStatus> {
    let known = wanted.iter().filter_map(|status| match status {
        Status::Pending => Some(DocumentStatus::Pending),
        Status::Processing => Some(DocumentStatus::Processing),
        Status::Processed => Some(DocumentStatus::Processed),
        Status::Failed => Some(DocumentStatus::Failed),
        Status::Parsing | Status::Analyzing | Status::Preprocessed => None,
    });
    known.collect()
}

/// The number and the size of a page.
fn size(page: Option<u32>, size: Option<u32>) -> Result<(u32, u32), String> {
    let (page, size) = (page.unwrap_or(1), size.unwrap_or(USUAL_PAGE));
    if page == 0 {
        return Err("page: pages are counted from 1".to_owned());
    }
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(format!("page_size: not a number from 1 to {LARGEST_PAGE}"));
    }
    Ok((page, size))
}

fn page(page: u32, size: u32) -> Page {
    Page { page, size, track_id: None, statuses: Vec::new(), sort: Sort::default() }
}
