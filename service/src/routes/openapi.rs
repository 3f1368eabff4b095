//! `GET /openapi.json`: the description of the API, made from the code.

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        self, Content, Ref, Response,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::error::Refusal;

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
    components(schemas(Refusal, OllamaRefusal, OpenAiRefusal)),
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

/// What Ollama's clients are told when they get no answer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "written by `dialect`; this describes it")]
struct OllamaRefusal {
    /// A sentence.
    error: String,
}

/// What OpenAI's clients are told when they get no answer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "written by `dialect`; this describes it")]
struct OpenAiRefusal {
    error: OpenAiError,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "written by `dialect`; this describes it")]
struct OpenAiError {
    message: String,
    r#type: String,
    param: Option<String>,
    /// A stable word.
    code: String,
}

/// Says of each route how it refuses: any may be asked without the key, while the service stops, with too much.
pub(super) fn tell_refusals(api: &mut openapi::OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let refusal = match path {
            _ if path.starts_with("/v1/") => "OpenAiRefusal",
            _ if path.starts_with("/api/") => "OllamaRefusal",
            _ => "Refusal",
        };
        let content = Content::builder().schema(Some(Ref::from_schema_name(refusal))).build();
        let told = Response::builder()
            .description("Why there is no answer")
            .content("application/json", content)
            .build();
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), told.clone().into());
        }
    }
}

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
