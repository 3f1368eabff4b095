//! OpenAI's chat completions: the service is a model that has read the documents.

use std::{convert::Infallible, sync::Arc};

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
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    body::Body,
    conversation::{self, Said},
    dialect::DialectError,
    reply::{Reply, reply},
};
use crate::{
    app::App,
    error::ApiError,
    pipeline::{chunk::tokens, query::Mode},
};

/// Lists the models: one for each place to look, and one that lets the service choose.
#[utoipa::path(get, operation_id = "models", path = "/v1/models", tag = "openai", responses((status = 200, body = Value)))]
pub(super) async fn models(State(app): State<Arc<App>>) -> Json<Value> {
    let name = app.settings.model_name.split(':').next().unwrap_or_default();
    let ids = std::iter::once(name.to_owned())
        .chain(Mode::ALL.map(|mode| format!("{name}-{}", mode.word())));
    let model = |id| json!({ "id": id, "object": "model", "created": 0, "owned_by": "ragctl" });
    Json(json!({ "object": "list", "data": ids.map(model).collect::<Vec<_>>() }))
}

/// A conversation. What OpenAI's clients add to it (temperature, …) is the provider's, and not looked at.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChatCompletionRequest)]
pub(super) struct Completion {
    /// A name that ends in `-naive`, `-local`, `-global`, `-hybrid`, `-mix` or `-bypass` says where to look.
    model: String,
    /// The last one is the question.
    messages: Vec<Said>,
    #[serde(default)]
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    /// 1 at most.
    n: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
struct StreamOptions {
    /// Whether the last event tells the tokens.
    #[serde(default)]
    include_usage: bool,
}

/// Answers the last message of a conversation from the documents.
///
/// What the answer may cite is in the field `references`, which OpenAI's own answers do not have.
#[utoipa::path(
    post, operation_id = "chat_completions", path = "/v1/chat/completions", tag = "openai", request_body = Completion,
    responses(
        (status = 200, content((Value = "application/json"), (Value = "text/event-stream")), description = "A chat completion; `text/event-stream` with `stream: true`"),
    ),
)]
pub(super) async fn complete(
    State(app): State<Arc<App>>,
    Body(asked): Body<Completion>,
) -> Result<Response, ApiError> {
    if asked.n.is_some_and(|n| n != 1) {
        return Err(ApiError::Unprocessable("n: one answer is given, not several".to_owned()));
    }
    let model = asked.model;
    let named = model.rsplit_once('-').and_then(|(_, mode)| mode.parse().ok());
    let asked_reply = conversation::read(&app, asked.messages, named)?;
    let Reply { words, references, given } = reply(&app, asked_reply).await?;
    let head = json!({
        "id": format!("chatcmpl-{:032x}", fastrand::u128(..)),
        "created": Timestamp::now().as_second(),
        "model": model,
    });
    let prompt_tokens = tokens(&given);
    let usage = move |completion_tokens: usize| {
        json!({
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        })
    };
    if asked.stream != Some(true) {
        let words: String = words.try_collect().await?;
        let mut answer = head;
        answer["object"] = json!("chat.completion");
        answer["usage"] = usage(tokens(&words));
        answer["references"] = json!(references);
        answer["choices"] = json!([{
            "index": 0,
            "message": { "role": "assistant", "content": words },
            "finish_reason": "stop",
        }]);
        return Ok(Json(answer).into_response());
    }
    let chunk = move |delta: Value, finish: Option<&str>| {
        let mut chunk = head.clone();
        chunk["object"] = json!("chat.completion.chunk");
        chunk["choices"] = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
        chunk
    };
    let mut first = chunk(json!({ "role": "assistant", "content": "" }), None);
    first["references"] = json!(references);
    let wants_usage = asked.stream_options.is_some_and(|options| options.include_usage);
    let mut said = 0;
    let pieces = words.map(Some).chain(stream::iter([None]));
    let rest = pieces.scan(false, move |is_over, piece| {
        let events = match piece {
            _ if *is_over => None,
            Some(Ok(words)) => {
                said += tokens(&words);
                Some(event(&chunk(json!({ "content": words }), None)))
            }
            Some(Err(error)) => {
                *is_over = true;
                Some(event(&DialectError::openai(&error.tell())))
            }
            None => {
                let mut events = event(&chunk(json!({}), Some("stop")));
                if wants_usage {
                    let mut last = chunk(json!({}), None);
                    last["choices"] = json!([]);
                    last["usage"] = usage(said);
                    events += &event(&last);
                }
                Some(events + "data: [DONE]\n\n")
            }
        };
        std::future::ready(events)
    });
    let events = stream::iter([event(&first)]).chain(rest).map(Bytes::from);
    let head = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")];
    Ok((head, Outgoing::from_stream(events.map(Ok::<_, Infallible>))).into_response())
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}
