//! What LightRAG's server does and this one does not: each says so, and what to do instead.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    routing::{MethodRouter, delete, get, post},
};

use crate::{app::App, error::ApiError};

type Methods = MethodRouter<Arc<App>, Infallible>;

/// How a method is told to answer.
type Method = fn(&'static str) -> Methods;

/// Routes, and what to do instead of using them. `docs/reference/lightrag.md` has the same table for people.
const TABLE: [(Method, &str, &str); 20] = [
    (on_post, "/login", "there are no accounts here: send the header X-API-Key"),
    (
        on_post,
        "/documents/scan",
        "there is no input folder: send files to /documents/upload, or run `rag-service ingest`",
    ),
    (on_get, "/documents/scan/status/{track_id}", "there is no input folder to scan"),
    (
        on_get,
        "/documents/source_conflicts",
        "sources cannot be in conflict: one document has a name",
    ),
    (
        on_post,
        "/documents/source_conflicts/repair",
        "sources cannot be in conflict: one document has a name",
    ),
    (
        on_post,
        "/documents/cancel_pipeline",
        "a document that is worked on is stopped by deleting it",
    ),
    (
        on_post,
        "/documents/recovery/force_reset",
        "nothing has to be reset: what was interrupted is taken up again",
    ),
    (
        on_post,
        "/graph/entity/edit",
        "the graph is what the documents mention: change the documents",
    ),
    (
        on_post,
        "/graph/relation/edit",
        "the graph is what the documents mention: change the documents",
    ),
    (on_post, "/graph/entity/create", "the graph is what the documents mention: add a document"),
    (on_post, "/graph/relation/create", "the graph is what the documents mention: add a document"),
    (
        on_post,
        "/graph/entities/merge",
        "names are the same whatever their case; other names are other things",
    ),
    (
        on_delete,
        "/graph/entity/delete",
        "the graph is what the documents mention: delete the documents",
    ),
    (
        on_delete,
        "/graph/relation/delete",
        "the graph is what the documents mention: delete the documents",
    ),
    (on_post, "/api/embed", "only chat and generate are there of Ollama's API"),
    (on_post, "/api/embeddings", "only chat and generate are there of Ollama's API"),
    (on_post, "/api/pull", "the model is the service itself"),
    (on_post, "/v1/completions", "use /v1/chat/completions"),
    (on_post, "/v1/embeddings", "ask the embedding provider"),
    (on_get, "/ui/customization", "the page at / cannot be customised"),
];

/// All of them.
pub(super) fn routes() -> Router<Arc<App>> {
    let add = |router: Router<_>, (on, path, instead): (Method, &'static str, &'static str)| {
        router.route(path, on(instead))
    };
    TABLE.into_iter().fold(Router::new(), add)
}

fn on_get(instead: &'static str) -> Methods {
    get(async || ApiError::NotImplemented(instead.to_owned()))
}

fn on_post(instead: &'static str) -> Methods {
    post(async || ApiError::NotImplemented(instead.to_owned()))
}

fn on_delete(instead: &'static str) -> Methods {
    delete(async || ApiError::NotImplemented(instead.to_owned()))
}
