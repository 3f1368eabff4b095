//! `GET /openapi.json`: the description of the API, made from the code.

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// What holds for all routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "rag-service",
        description = "Documents in, answers with sources out. Speaks LightRAG's API, and as much of Ollama's and \
            OpenAI's as chat clients need.",
        license(name = "MIT OR Apache-2.0"),
    ),
    modifiers(&Key),
    security((), ("key" = []), ("bearer" = [])),
    tags(
        (name = "query", description = "Questions"),
        (name = "documents", description = "Documents and how far they have come"),
        (name = "graph", description = "What the documents mention; empty without ENABLE_GRAPH"),
        (name = "ollama", description = "For clients of Ollama"),
        (name = "openai", description = "For clients of OpenAI"),
        (name = "service", description = "How the service is doing"),
    ),
)]
pub(super) struct Api;

/// The API key, in either header.
struct Key;

impl Modify for Key {
    fn modify(&self, api: &mut openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("key", header);
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// Answers with the description, written once.
pub(super) async fn document(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], text)
}
