//! `POST /query`: a question, and its answer in one piece.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::Body,
    question::{Asked, Reference},
    warmup::COME_AGAIN,
};
use crate::{app::App, error::ApiError, pool::CallError};

#[derive(Serialize, ToSchema)]
#[schema(as = QueryResponse)]
pub(super) struct Answer {
    response: String,
    /// What the answer may cite; none when that was not wanted.
    references: Option<Vec<Reference>>,
    /// Seconds.
    response_time: f64,
    /// False when no model was asked: no document fits, or something else was wanted.
    llm_generated: bool,
}

/// Answers a question from the documents.
#[utoipa::path(
    post, operation_id = "query", path = "/query", tag = "query", request_body = Asked,
    responses(
        (status = 200, body = Answer),
        (status = 202, body = Initializing, description = "It warms up; `Retry-After` says when to come again"),
    ),
)]
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    let began = Instant::now();
    let checked = asked.checked(&app)?;
    if app.is_initializing() {
        return Ok(initializing(&app));
    }
    let answer = app.answers.answer(checked.query.clone()).await?;
    let references = checked.references(&answer.found.context.passages);
    let llm_generated = answer.is_generated;
    let response: String = answer.words.try_collect().await.map_err(CallError::from)?;
    let response_time = began.elapsed().as_secs_f64();
    Ok(Json(Answer { response, references, response_time, llm_generated }).into_response())
}

/// What a query is told while the pools warm behind it.
#[derive(Serialize, ToSchema)]
pub(super) struct Initializing {
    /// Always `initializing`.
    status: &'static str,
    message: &'static str,
    embedding_ready: bool,
    llm_ready: bool,
}

/// The answer to a query while the pools warm behind it.
pub(super) fn initializing(app: &App) -> Response {
    let body = Initializing {
        status: "initializing",
        message: "Workers are warming up, please retry in 10-20s",
        embedding_ready: app.embedding.is_ready(),
        llm_ready: app.llm.is_ready(),
    };
    (StatusCode::ACCEPTED, [(RETRY_AFTER, COME_AGAIN)], Json(body)).into_response()
}
