//! The HTTP protocol, a route a file. Described in `docs/reference/service.md`, and at `/openapi.json`.

mod access;
mod add_text;
mod auth_status;
mod body;
mod conversation;
mod delete_document;
mod dialect;
mod done;
mod entry;
mod frame;
mod graph;
mod health;
mod list_documents;
mod metrics;
mod ollama;
mod openai;
mod openapi;
mod page;
mod query;
mod query_data;
mod query_stream;
mod question;
mod readiness;
mod reply;
mod track_status;
mod unsupported;
mod upkeep;
mod upload;
mod warmup;

use std::sync::{Arc, LazyLock};

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, error::ApiError};

/// What a request's body may have beside the text of a document: JSON's escapes, or multipart's borders.
const BODY_MARGIN_BYTES: usize = 1024 * 1024;

/// The most of a question's body, as in LightRAG: what a question may be long, also where JSON escapes it.
const LONGEST_QUESTION_BYTES: usize = 1024 * 1024;

/// The description of the API, written when it is first asked for.
static DESCRIPTION: LazyLock<String> = LazyLock::new(|| {
    let (_, mut api) = described(usize::MAX).split_for_parts();
    openapi::tell_refusals(&mut api);
    api.to_json().expect("the description can be written")
});

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let largest = app.settings.max_upload_bytes.saturating_add(BODY_MARGIN_BYTES);
    let (router, _) = described(largest).split_for_parts();
    let router = router
        .route("/openapi.json", get(async || openapi::document(&DESCRIPTION).await))
        .route("/metrics", get(metrics::metrics))
        .merge(unsupported::routes())
        .merge(page::routes())
        .fallback(async || ApiError::NotFound("there is no such route".to_owned()))
        .method_not_allowed_fallback(async || ApiError::OtherMethod)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), access::guard));
    let router = match access::cross_origin(&app.settings.access) {
        Some(layer) => router.layer(layer),
        None => router,
    };
    router
        .layer(middleware::from_fn_with_state(Arc::clone(&app), frame::frame))
        .layer(middleware::from_fn(dialect::translate))
        .with_state(app)
}

/// The routes that the API's description lists; documents may have `largest` bytes.
fn described(largest: usize) -> OpenApiRouter<Arc<App>> {
    let documents = OpenApiRouter::new()
        .routes(routes!(add_text::add))
        .routes(routes!(add_text::add_together))
        .routes(routes!(upload::upload))
        .layer(DefaultBodyLimit::max(largest));
    OpenApiRouter::with_openapi(openapi::Api::openapi())
        .routes(routes!(readiness::live))
        .routes(routes!(readiness::ready))
        .routes(routes!(health::health))
        .routes(routes!(warmup::warm))
        .routes(routes!(auth_status::status))
        .routes(routes!(auth_status::verify))
        .routes(routes!(query::ask))
        .routes(routes!(query_data::ask))
        .routes(routes!(query_stream::ask))
        .routes(routes!(list_documents::list, delete_document::clear))
        .routes(routes!(list_documents::paginated))
        .routes(routes!(track_status::tracked))
        .routes(routes!(track_status::counted))
        .routes(routes!(track_status::pipeline))
        .routes(routes!(delete_document::delete))
        .routes(routes!(delete_document::delete_many))
        .routes(routes!(upkeep::reprocess_failed))
        .routes(routes!(upkeep::clear_cache))
        .routes(routes!(upkeep::file_types))
        .routes(routes!(graph::list))
        .routes(routes!(graph::popular))
        .routes(routes!(graph::search))
        .routes(routes!(graph::exists))
        .routes(routes!(graph::around))
        .routes(routes!(ollama::version))
        .routes(routes!(ollama::tags))
        .routes(routes!(ollama::running))
        .routes(routes!(ollama::chat))
        .routes(routes!(ollama::generate))
        .routes(routes!(openai::models))
        .routes(routes!(openai::complete))
        .layer(DefaultBodyLimit::max(LONGEST_QUESTION_BYTES))
        .merge(documents)
}
