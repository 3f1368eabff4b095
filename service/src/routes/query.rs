//! `POST /query`: a question, and its answer in one piece.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{body::Body, warmup::COME_AGAIN};
use crate::{app::App, error::ApiError, pipeline::query::Query, pool::CallError, ports::Passage};

/// The most passages that may be asked for.
const MOST_PASSAGES: usize = 1000;

/// A question as clients write it. What they add to it for other servers is not looked at.
#[derive(Deserialize)]
pub(super) struct Asked {
    query: String,
    mode: Option<String>,
    top_k: Option<usize>,
    chunk_top_k: Option<usize>,
    include_references: Option<bool>,
    include_chunk_content: Option<bool>,
}

/// A question that can be answered.
pub(super) struct Checked {
    pub(super) query: Query,
    references: Wanted,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Names,
    NamesAndContent,
}

/// A source that the answer may cite.
#[derive(Debug, Serialize, PartialEq)]
pub(super) struct Reference {
    reference_id: String,
    file_path: String,
    content: Option<Vec<String>>,
}

impl Reference {
    /// One reference a source, in the order of their numbers, without what stands there.
    pub(super) fn list(passages: &[Passage]) -> Vec<Self> {
        let mut references: Vec<Self> = Vec::new();
        for passage in passages {
            if passage.reference > references.len() {
                let (id, path) = (passage.reference.to_string(), passage.source.clone());
                references.push(Self { reference_id: id, file_path: path, content: None });
            }
        }
        references
    }
}

#[derive(Serialize)]
struct Answer {
    response: String,
    references: Vec<Reference>,
    /// Seconds.
    response_time: f64,
    /// False when no document fits, so that no model was asked.
    llm_generated: bool,
}

impl Asked {
    pub(super) fn checked(self, app: &App) -> Result<Checked, ApiError> {
        let wrong = |words: &str| Err(ApiError::Unprocessable(words.to_owned()));
        if self.query.trim().is_empty() {
            return wrong("query: there is nothing but blanks in it");
        }
        let mut query = app.answers.query(&self.query);
        if let Some(mode) = self.mode {
            query.mode = match mode.parse() {
                Ok(mode) => mode,
                Err(error) => return wrong(&format!("mode: `{mode}` is {error}")),
            };
        }
        for (name, value) in [("top_k", self.top_k), ("chunk_top_k", self.chunk_top_k)] {
            if value.is_some_and(|value| !(1..=MOST_PASSAGES).contains(&value)) {
                return wrong(&format!("{name}: not a number from 1 to {MOST_PASSAGES}"));
            }
        }
        query.top_k = self.top_k.unwrap_or(query.top_k);
        query.chunk_top_k = self.chunk_top_k.or(self.top_k).unwrap_or(query.chunk_top_k);
        let content = self.include_chunk_content.unwrap_or(false);
        let references = match (self.include_references.unwrap_or(true), content) {
            (false, _) => Wanted::Nothing,
            (true, false) => Wanted::Names,
            (true, true) => Wanted::NamesAndContent,
        };
        Ok(Checked { query, references })
    }
}

impl Checked {
    /// One reference a source, in the order of their numbers.
    pub(super) fn references(&self, passages: &[Passage]) -> Vec<Reference> {
        if self.references == Wanted::Nothing {
            return Vec::new();
        }
        let mut references: Vec<Reference> = Vec::new();
        for passage in passages {
            if passage.reference > references.len() {
                let content = (self.references == Wanted::NamesAndContent).then(Vec::new);
                references.push(Reference {
                    reference_id: passage.reference.to_string(),
                    file_path: passage.source.clone(),
                    content,
                });
            }
            if let Some(content) = &mut references[passage.reference - 1].content {
                content.push(passage.text.clone());
            }
        }
        references
    }
}

/// Answers a question from the documents.
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
pub(super) fn initializing(app: &App) -> Response {
    let body = json!({
        "status": "initializing",
        "message": "Workers are warming up, please retry in 10-20s",
        "embedding_ready": app.embedding.is_ready(),
        "llm_ready": app.llm.is_ready(),
    });
    (StatusCode::ACCEPTED, [(RETRY_AFTER, COME_AGAIN)], Json(body)).into_response()
}
