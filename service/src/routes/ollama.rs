//! Ollama's API, as far as chat clients need it: the service is a model that has read the documents.

use std::{convert::Infallible, sync::Arc, time::Instant};

use axum::{
    Json,
    body::Body as Outgoing,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    body::AnyBody,
    conversation::{self, Said},
    dialect::DialectError,
    reply::{Reply, reply},
};
use crate::{
    app::App,
    error::ApiError,
    pipeline::{chunk::tokens, query::Query},
};

/// The version of Ollama that the answers look like, as LightRAG's do.
const VERSION: &str = "0.9.3";

/// Which version of Ollama the answers look like.
#[utoipa::path(
    get, operation_id = "ollama_version", path = "/api/version", tag = "ollama",
    responses((status = 200, body = Value, example = json!({"version": VERSION}))),
)]
pub(super) async fn version() -> Json<Value> {
    Json(json!({ "version": VERSION }))
}

/// Lists the one model there is.
#[utoipa::path(get, operation_id = "ollama_tags", path = "/api/tags", tag = "ollama", responses((status = 200, body = Value)))]
pub(super) async fn tags(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "models": [model(&app)] }))
}

/// Lists the one model there is, which is always loaded.
#[utoipa::path(get, operation_id = "ollama_ps", path = "/api/ps", tag = "ollama", responses((status = 200, body = Value)))]
pub(super) async fn running(State(app): State<Arc<App>>) -> Json<Value> {
    let mut model = model(&app);
    model["expires_at"] = json!("2050-12-31T14:38:31.83753-07:00");
    model["size_vram"] = json!(0);
    Json(json!({ "models": [model] }))
}

fn model(app: &App) -> Value {
    let name = &app.settings.model_name;
    let family = name.split(':').next();
    json!({
        "name": name,
        "model": name,
        "modified_at": "2024-01-15T00:00:00Z",
        "size": 0,
        // Clients show its beginning. It stands for no weights.
        "digest": format!("sha256:{:064x}", 0),
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": family,
            "families": [family],
            "parameter_size": "",
            "quantization_level": "",
        },
    })
}

#[derive(Deserialize, ToSchema)]
#[schema(as = OllamaChatRequest)]
pub(super) struct Chat {
    /// Not looked at: there is one model.
    #[expect(dead_code, reason = "clients have to send it")]
    model: String,
    /// The last one is the question.
    messages: Vec<Said>,
    #[serde(default = "yes")]
    #[schema(default = true)]
    stream: bool,
    /// Wishes for the answer; for the model itself with `/bypass`.
    system: Option<String>,
}

fn yes() -> bool {
    true
}

/// Answers the last message of a conversation from the documents.
#[utoipa::path(
    post, operation_id = "ollama_chat", path = "/api/chat", tag = "ollama", request_body = Chat,
    responses((
        status = 200, content((Value = "application/x-ndjson"), (Value = "application/json")),
        description = "An object a line while it is written, the last with `done: true`; one object with `stream: false`",
    )),
)]
pub(super) async fn chat(
    State(app): State<Arc<App>>,
    AnyBody(Chat { messages, stream, system, .. }): AnyBody<Chat>,
) -> Result<Response, ApiError> {
    let said = system.map(Said::system).into_iter().chain(messages).collect();
    let asked = conversation::read(&app, said, None)?;
    answer(&app, asked, stream, |words| {
        ("message", json!({ "role": "assistant", "content": words, "images": null }))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[schema(as = OllamaGenerateRequest)]
pub(super) struct Generate {
    /// Not looked at: there is one model.
    #[expect(dead_code, reason = "clients have to send it")]
    model: String,
    /// The question.
    prompt: String,
    /// Wishes for the answer.
    system: Option<String>,
    /// As for LightRAG, and unlike Ollama, not streamed unless asked for.
    #[serde(default)]
    stream: bool,
}

/// Answers a question from the documents.
#[utoipa::path(
    post, operation_id = "ollama_generate", path = "/api/generate", tag = "ollama", request_body = Generate,
    responses((
        status = 200, content((Value = "application/x-ndjson"), (Value = "application/json")),
        description = "An object a line while it is written, the last with `done: true`; one object with `stream: false`",
    )),
)]
pub(super) async fn generate(
    State(app): State<Arc<App>>,
    AnyBody(Generate { prompt, system, stream, .. }): AnyBody<Generate>,
) -> Result<Response, ApiError> {
    let said = system.map(Said::system).into_iter().chain([Said::user(prompt)]).collect();
    let asked = conversation::read(&app, said, None)?;
    answer(&app, asked, stream, |words| ("response", json!(words))).await
}

/// How long an answer took, in nanoseconds, and how many tokens there were.
#[derive(Serialize)]
struct Effort {
    total_duration: u64,
    load_duration: u64,
    prompt_eval_count: usize,
    prompt_eval_duration: u64,
    eval_count: usize,
    eval_duration: u64,
}

/// Answers whole or as it is written; `wrap` puts words into the field of the route.
async fn answer(
    app: &App,
    query: Query,
    is_streamed: bool,
    wrap: fn(&str) -> (&'static str, Value),
) -> Result<Response, ApiError> {
    let began = Instant::now();
    let asked_tokens = tokens(&query.text);
    let Reply { words, .. } = reply(app, query).await?;
    let first = Instant::now();
    let effort = move |said: usize| Effort {
        total_duration: nanoseconds(began, Instant::now()),
        load_duration: 0,
        prompt_eval_count: asked_tokens,
        prompt_eval_duration: nanoseconds(began, first),
        eval_count: said,
        eval_duration: nanoseconds(first, Instant::now()),
    };
    let name = app.settings.model_name.clone();
    let object = move |words: &str| {
        let (field, value) = wrap(words);
        let mut object = json!({ "model": name, "created_at": Timestamp::now(), "done": false });
        object[field] = value;
        object
    };
    if !is_streamed {
        let words: String = words.try_collect().await?;
        return Ok(Json(ended(object(&words), &effort(tokens(&words)))).into_response());
    }
    let mut said = 0;
    let pieces = words.map(Some).chain(stream::iter([None]));
    let lines = pieces.scan(false, move |is_over, piece| {
        let line = match piece {
            _ if *is_over => None,
            Some(Ok(words)) => {
                said += tokens(&words);
                Some(object(&words))
            }
            Some(Err(error)) => {
                *is_over = true;
                Some(json!({ "error": DialectError::words(error), "done": true }))
            }
            None => Some(ended(object(""), &effort(said))),
        };
        std::future::ready(line.map(|line| Bytes::from(format!("{line}\n"))))
    });
    let head = [(CONTENT_TYPE, "application/x-ndjson"), (CACHE_CONTROL, "no-cache")];
    Ok((head, Outgoing::from_stream(lines.map(Ok::<_, Infallible>))).into_response())
}

/// The last object of an answer.
fn ended(mut object: Value, effort: &Effort) -> Value {
    let effort = serde_json::to_value(effort).expect("numbers can be written");
    object["done"] = json!(true);
    object["done_reason"] = json!("stop");
    object["context"] = json!([]);
    for (field, value) in effort.as_object().expect("a struct is an object") {
        object[field] = value.clone();
    }
    object
}

fn nanoseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.duration_since(from).as_nanos()).unwrap_or(u64::MAX)
}
