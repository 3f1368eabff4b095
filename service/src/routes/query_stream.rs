//! `POST /query/stream`: a question, and its answer as it is written.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body as Outgoing,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, timeout_at},
};

use super::{
    body::Body,
    query::{Initializing, initializing},
    question::{Asked, Checked, Reference},
    reply::{begun, within},
};
use crate::{
    app::App,
    error::ApiError,
    pipeline::query::{Answer, Stage, Watch},
    pool::CallError,
};

/// The lines of an answer.
type Lines = BoxStream<'static, Value>;

/// Answers a question from the documents, piece by piece.
///
/// The head goes out with the first piece, so that a provider that fails before it has a status of its own. Who wants
/// to be told of the stages before that gets the head at once, and a failure as a line.
#[utoipa::path(
    post, operation_id = "query_stream", path = "/query/stream", tag = "query", request_body = Asked,
    responses(
        (
            status = 200, body = String, content_type = "application/x-ndjson",
            description = "A line for the references, then one for each piece; `error` in the last when it breaks off",
        ),
        (status = 202, body = Initializing, description = "It warms up; `Retry-After` says when to come again"),
    ),
)]
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    let began = Instant::now();
    let limit = app.time_limit();
    let end = began + limit;
    let checked = asked.checked(&app)?;
    if app.is_initializing() {
        return Ok(initializing(&app));
    }
    let lines = if checked.progress {
        let seconds = move || json!({ "response_time": began.elapsed().as_secs_f64() });
        let last = stream::once(async move { seconds() });
        with_stages(app, checked, end, limit).chain(last).boxed()
    } else {
        let answer = app.answers.answer(checked.query.clone()).await?;
        lines(answer, &checked, end, limit).await?
    };
    let body = Outgoing::from_stream(lines.map(|value| Ok::<_, Infallible>(line(&value))));
    let head = [(CONTENT_TYPE, "application/x-ndjson"), (CACHE_CONTROL, "no-cache")];
    Ok((head, body).into_response())
}

/// The lines of an answer, once its first piece is there.
async fn lines(
    answer: Answer,
    checked: &Checked,
    end: Instant,
    limit: Duration,
) -> Result<Lines, ApiError> {
    let references = checked.references(&answer.found.context.passages);
    let references = references.map(|references| Reference::line(&references));
    if !answer.is_generated || !checked.stream {
        let response: String = answer.words.try_collect().await.map_err(CallError::from)?;
        let mut whole = json!({ "response": response, "llm_generated": answer.is_generated });
        if let Some(references) = references {
            whole["references"] = references;
        }
        return Ok(stream::iter([whole]).boxed());
    }
    let pieces = within(end, limit, begun(answer.words).await?);
    let first = references.map(|references| json!({ "references": references }));
    let pieces = pieces.map(|piece| match piece {
        Ok(words) => json!({ "response": words }),
        Err(error) => json!({ "error": error.to_string() }),
    });
    Ok(stream::iter(first).chain(pieces).boxed())
}

/// An answer that is still looked for, and what is told meanwhile. Dropping it stops the search.
struct Telling {
    stages: UnboundedReceiver<Stage>,
    answer: BoxFuture<'static, Lines>,
}

/// A line for each stage as it begins, then the lines of the answer.
fn with_stages(app: Arc<App>, checked: Checked, end: Instant, limit: Duration) -> Lines {
    let (watch, stages) = Watch::new();
    let answer = async move {
        let query = checked.query.clone();
        let found = async {
            let answer = app.answers.answer_watched(query, &watch).await?;
            lines(answer, &checked, end, limit).await
        };
        let found = timeout_at(end, found).await.unwrap_or(Err(ApiError::TimedOut(limit)));
        found.unwrap_or_else(|error| stream::iter([error.line()]).boxed())
    };
    let telling = Telling { stages, answer: answer.boxed() };
    let parts = stream::unfold(Some(telling), |telling| async move {
        let mut telling = telling?;
        let told = tokio::select! {
            biased;
            Some(stage) = telling.stages.recv() => Err(stage),
            lines = &mut telling.answer => Ok(lines),
        };
        match told {
            Err(stage) => Some((stage_line(stage), Some(telling))),
            Ok(lines) => {
                // What was told in the moment in which the answer came stands before it.
                let mut late = Vec::new();
                while let Ok(stage) = telling.stages.try_recv() {
                    late.push(json!({ "progress": stage.word() }));
                }
                Some((stream::iter(late).chain(lines).boxed(), None))
            }
        }
    });
    parts.flatten().boxed()
}

fn stage_line(stage: Stage) -> Lines {
    stream::iter([json!({ "progress": stage.word() })]).boxed()
}

fn line(value: &Value) -> Bytes {
    Bytes::from(format!("{value}\n"))
}
