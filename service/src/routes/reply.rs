//! An answer for clients that know neither 202 nor references: words, begun, within the time of a request.

use std::time::Duration;

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::{Instant, timeout_at};

use super::question::Reference;
use crate::{
    app::App,
    error::ApiError,
    pipeline::query::{Answer, Query},
    pool::{CallError, Piece},
};

/// An answer that has begun.
pub(super) struct Reply {
    /// Its words.
    pub(super) words: BoxStream<'static, Result<String, ApiError>>,
    /// What it may cite.
    pub(super) references: Vec<Reference>,
    /// How many tokens the model was given.
    pub(super) given: String,
}

/// Answers a conversation. A provider that fails before the first word fails the whole reply.
pub(super) async fn reply(app: &App, query: Query) -> Result<Reply, ApiError> {
    let limit = app.time_limit();
    let end = Instant::now() + limit;
    if app.is_initializing() {
        return Err(ApiError::Initializing);
    }
    let given = query.text.clone();
    let Answer { found, words, .. } = app.answers.answer(query).await?;
    let references = Reference::list(&found.context.passages);
    let words = within(end, limit, begun(words).await?);
    Ok(Reply { words, references, given })
}

/// The same stream, once its first piece is there.
pub(super) async fn begun(
    mut pieces: BoxStream<'static, Piece>,
) -> Result<BoxStream<'static, Piece>, ApiError> {
    let first = match pieces.next().await {
        Some(Ok(first)) => Some(Ok(first)),
        Some(Err(error)) => return Err(CallError::from(error).into()),
        None => None,
    };
    Ok(stream::iter(first).chain(pieces).boxed())
}

/// The same stream, broken off at `end`, which is `limit` after the request came.
pub(super) fn within(
    end: Instant,
    limit: Duration,
    pieces: BoxStream<'static, Piece>,
) -> BoxStream<'static, Result<String, ApiError>> {
    stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match timeout_at(end, pieces.next()).await {
            Ok(Some(Ok(words))) => Some((Ok(words), Some(pieces))),
            Ok(Some(Err(error))) => {
                tracing::warn!(%error, "an answer broke off");
                Some((Err(CallError::from(error).into()), None))
            }
            Ok(None) => None,
            Err(_) => Some((Err(ApiError::TimedOut(limit)), None)),
        }
    })
    .boxed()
}
