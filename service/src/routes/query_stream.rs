//! `POST /query/stream`: a question, and its answer as it is written.

use std::sync::Arc;

use axum::{
    body::Body as Outgoing,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::{
    body::Body,
    query::{Asked, initializing},
    reply::begun,
};
use crate::{app::App, error::ApiError, pool::Piece};

/// Answers a question from the documents, piece by piece.
///
/// The head goes out with the first piece, so that a provider that fails before it has a status of its own.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    let end = Instant::now() + app.settings.request_timeout;
    let checked = asked.checked(&app)?;
    if app.is_initializing() {
        return Ok(initializing(&app));
    }
    let answer = app.answers.answer(checked.query.clone()).await?;
    let references = checked.references(&answer.found.context.passages);
    let references = json!({ "references": references });
    let pieces = begun(answer.words).await?;
    let pieces = until(end, pieces);
    let lines = stream::iter([line(&references)]).chain(pieces.map(|piece| match piece {
        Ok(words) => line(&json!({ "response": words })),
        Err(reason) => line(&json!({ "error": reason })),
    }));
    let body = Outgoing::from_stream(lines.map(Ok::<_, std::convert::Infallible>));
    let head = [(CONTENT_TYPE, "application/x-ndjson"), (CACHE_CONTROL, "no-cache")];
    Ok((head, body).into_response())
}

/// The same stream, broken off at `end`.
fn until(
    end: Instant,
    pieces: BoxStream<'static, Piece>,
) -> impl futures_util::Stream<Item = Result<String, String>> + Send {
    stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match timeout_at(end, pieces.next()).await {
            Ok(Some(Ok(words))) => Some((Ok(words), Some(pieces))),
            Ok(Some(Err(error))) => {
                tracing::warn!(%error, "an answer broke off");
                Some((Err(error.to_string()), None))
            }
            Ok(None) => None,
            Err(_) => Some((Err("the answer took longer than a request may".to_owned()), None)),
        }
    })
}

fn line(value: &Value) -> Bytes {
    Bytes::from(format!("{value}\n"))
}
