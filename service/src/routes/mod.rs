//! The HTTP protocol, a route a file. Described in `docs/reference/service.md`.

mod add_text;
mod body;
mod delete_document;
mod frame;
mod health;
mod list_documents;
mod metrics;
mod query;
mod query_stream;
mod readiness;
mod upload;
mod warmup;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post},
};

use crate::{app::App, error::ApiError};

/// What a request's body may have beside the text of a document: JSON's escapes, or multipart's borders.
const BODY_MARGIN_BYTES: usize = 1024 * 1024;

/// The most of a question's body.
const LONGEST_QUESTION_BYTES: usize = 256 * 1024;

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let largest = app.settings.max_upload_bytes.saturating_add(BODY_MARGIN_BYTES);
    let documents = Router::new()
        .route("/documents/text", post(add_text::add))
        .route("/documents/upload", post(upload::upload))
        .layer(DefaultBodyLimit::max(largest));
    Router::new()
        .route("/livez", get(readiness::live))
        .route("/readyz", get(readiness::ready))
        .route("/health", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .route("/warmup", post(warmup::warm))
        .route("/query", post(query::ask))
        .route("/query/stream", post(query_stream::ask))
        .route("/documents", get(list_documents::list))
        .route("/documents/{id}", delete(delete_document::delete))
        .layer(DefaultBodyLimit::max(LONGEST_QUESTION_BYTES))
        .merge(documents)
        .fallback(async || ApiError::NotFound("there is no such route".to_owned()))
        .method_not_allowed_fallback(async || ApiError::OtherMethod)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), frame::frame))
        .with_state(app)
}
