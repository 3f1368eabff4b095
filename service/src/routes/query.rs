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
use crate::{
    app::App,
    error::ApiError,
    pipeline::query::{self, Question},
    pool::CallError,
    ports::{Passage, Prompt},
};

/// What is said when no passage fits. Not an answer of the LLM, and marked so.
pub(super) const NO_CONTEXT: &str = "No document here holds an answer to this question.";

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
    pub(super) question: Question,
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
        if let Some(mode) = self.mode.filter(|mode| mode != "naive") {
            return wrong(&format!("mode: `{mode}` is not known; `naive` is"));
        }
        for (name, value) in [("top_k", self.top_k), ("chunk_top_k", self.chunk_top_k)] {
            if value.is_some_and(|value| !(1..=MOST_PASSAGES).contains(&value)) {
                return wrong(&format!("{name}: not a number from 1 to {MOST_PASSAGES}"));
            }
        }
        let retrieval = &app.settings.retrieval;
        let limit = self.chunk_top_k.or(self.top_k).unwrap_or(retrieval.top_k);
        let content = self.include_chunk_content.unwrap_or(false);
        let references = match (self.include_references.unwrap_or(true), content) {
            (false, _) => Wanted::Nothing,
            (true, false) => Wanted::Names,
            (true, true) => Wanted::NamesAndContent,
        };
        let text = self.query.trim().to_owned();
        let question = Question { text, limit, threshold: retrieval.threshold };
        Ok(Checked { question, references })
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

    pub(super) async fn passages(&self, app: &App) -> Result<Vec<Passage>, ApiError> {
        Ok(query::passages(&app.embedding, &*app.store, &self.question).await?)
    }

    pub(super) fn prompt(&self, passages: Vec<Passage>) -> Prompt {
        Prompt { question: self.question.text.clone(), passages }
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
    let passages = checked.passages(&app).await?;
    let references = checked.references(&passages);
    let (response, llm_generated) = match passages.is_empty() {
        true => (NO_CONTEXT.to_owned(), false),
        false => (whole(&app, checked.prompt(passages)).await?, true),
    };
    let response_time = began.elapsed().as_secs_f64();
    Ok(Json(Answer { response, references, response_time, llm_generated }).into_response())
}

async fn whole(app: &App, prompt: Prompt) -> Result<String, CallError> {
    Ok(app.llm.answer(prompt).await?.try_collect().await?)
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
