//! Refusals as the clients of a route expect them: below `/v1` as OpenAI tells them, below `/api` as Ollama does.

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::error::{ApiError, Told};

/// Translates refusals.
pub(super) async fn translate(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let translated: fn(&Told) -> Value = match path {
        _ if path.starts_with("/v1/") => openai,
        _ if path.starts_with("/api/") => ollama,
        _ => return next.run(request).await,
    };
    let response = next.run(request).await;
    let Some(told) = response.extensions().get::<Told>().cloned() else { return response };
    let mut head = response.into_parts().0;
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    let body = Json(translated(&told)).into_response().into_body();
    Response::from_parts(head, body)
}

fn openai(told: &Told) -> Value {
    DialectError::openai(told)
}

fn ollama(told: &Told) -> Value {
    json!({ "error": told.detail })
}

/// Refusals within an answer that has begun.
pub(super) struct DialectError;

impl DialectError {
    /// What Ollama's clients are told.
    pub(super) fn words(error: ApiError) -> String {
        error.tell().detail
    }

    /// What OpenAI's clients are told.
    pub(super) fn openai(told: &Told) -> Value {
        let kind = match told.status.as_u16() {
            403 => "authentication_error",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        };
        json!({ "error": { "message": told.detail, "type": kind, "param": null, "code": told.code } })
    }
}
