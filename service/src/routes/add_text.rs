//! `POST /documents/text` and `POST /documents/texts`: documents as JSON.

use std::sync::Arc;

use axum::{Json, extract::State};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use crate::{
    app::App,
    error::{ApiError, Refusal},
    metrics::{self, StoreCall},
    pipeline::document::{document, track_id},
    ports::store::{Added, Content, NewDocument},
};

/// The most documents of one request.
const MOST: usize = 10_000;

/// Documents of one request that are added at once.
const AT_ONCE: usize = 64;

#[derive(Deserialize, ToSchema)]
#[schema(as = InsertTextRequest)]
pub(super) struct Sent {
    /// Not blank.
    text: String,
    /// Where it comes from; a text without is named for its words.
    file_source: Option<String>,
    chunking: Option<Chunking>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = InsertTextsRequest)]
pub(super) struct SentTogether {
    /// 1 to 10,000 texts, none blank.
    texts: Vec<String>,
    /// Where they come from, in the same order; may be shorter.
    #[serde(default)]
    file_sources: Option<Vec<String>>,
    chunking: Option<Chunking>,
}

/// How a text is to be cut. The service cuts all alike, by `CHUNK_SIZE` and `CHUNK_OVERLAP_SIZE`.
#[derive(Deserialize, ToSchema)]
pub(super) struct Chunking {
    /// `fixed_token` is what is done; any other is refused.
    strategy: Option<String>,
    /// Refused unless empty.
    #[schema(value_type = Option<Object>)]
    params: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Chunking {
    /// Refuses what would be done otherwise than asked.
    fn check(chunking: Option<&Self>) -> Result<(), ApiError> {
        let Some(Self { strategy, params }) = chunking else { return Ok(()) };
        if let Some(strategy) = strategy.as_ref().filter(|strategy| *strategy != "fixed_token") {
            let words = format!("chunking.strategy: `{strategy}` is not done here; leave it out");
            return Err(ApiError::NotAvailable(words));
        }
        if params.as_ref().is_some_and(|params| !params.is_empty()) {
            let words =
                "chunking.params: all documents are cut by CHUNK_SIZE and CHUNK_OVERLAP_SIZE";
            return Err(ApiError::NotAvailable(words.to_owned()));
        }
        Ok(())
    }
}

/// What is said of documents that are safe on disk.
#[derive(Serialize, ToSchema)]
#[schema(as = InsertResponse)]
pub(super) struct Kept {
    /// `success`, or `partial_success` when some of many were refused.
    status: &'static str,
    message: String,
    /// What `/documents/track_status/{track_id}` lists the documents under.
    track_id: String,
}

/// Keeps a document.
#[utoipa::path(
    post, operation_id = "insert_text", path = "/documents/text", tag = "documents", request_body = Sent,
    responses(
        (status = 200, body = Kept, description = "It is safe on disk, and will be indexed"),
        (status = 409, body = Refusal, description = "The source is there with other text"),
        (status = 413, body = Refusal), (status = 422, body = Refusal), (status = 507, body = Refusal),
    ),
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Body(sent): Body<Sent>,
) -> Result<Json<Kept>, ApiError> {
    Chunking::check(sent.chunking.as_ref())?;
    let limit_bytes = app.settings.max_upload_bytes;
    if sent.text.len() > limit_bytes {
        return Err(ApiError::TooLarge { limit_bytes });
    }
    let request = Request::new("insert");
    let (document, content) =
        document(sent.file_source.as_deref(), sent.text, &request.track_id, request.now)?;
    keep(&app, document, content, request.track_id).await
}

/// Keeps many documents: all that can be, whatever happens to the others.
#[utoipa::path(
    post, operation_id = "insert_texts", path = "/documents/texts", tag = "documents", request_body = SentTogether,
    responses(
        (status = 200, body = Kept, description = "Those that were not refused are safe on disk"),
        (status = 409, body = Refusal, description = "All sources are there with other text"),
        (status = 413, body = Refusal), (status = 422, body = Refusal), (status = 507, body = Refusal),
    ),
)]
pub(super) async fn add_together(
    State(app): State<Arc<App>>,
    Body(sent): Body<SentTogether>,
) -> Result<Json<Kept>, ApiError> {
    Chunking::check(sent.chunking.as_ref())?;
    let sources = sent.file_sources.unwrap_or_default();
    if !(1..=MOST).contains(&sent.texts.len()) {
        return Err(ApiError::Unprocessable(format!("texts: not 1 to {MOST} texts")));
    }
    if sources.len() > sent.texts.len() {
        return Err(ApiError::Unprocessable("file_sources: more than there are texts".to_owned()));
    }
    let request = Request::new("insert");
    let sources = sources.into_iter().map(Some).chain(std::iter::repeat(None));
    // All are looked at before one is kept: a request that is wrong leaves nothing behind.
    let mut documents = Vec::with_capacity(sent.texts.len());
    for (position, (text, source)) in sent.texts.into_iter().zip(sources).enumerate() {
        let made = document(source.as_deref(), text, &request.track_id, request.now);
        documents.push(made.map_err(|unfit| {
            ApiError::Unprocessable(format!("texts[{position}]: {}", unfit.without_field()))
        })?);
    }
    let (mut new, mut there, mut conflicts) = (0_usize, Vec::new(), Vec::new());
    // Side by side, so that a store can make many durable at once; in order, so that the first of two that are the same wins.
    let mut added = stream::iter(documents)
        .map(|(document, content)| {
            let source = document.source.clone();
            let add = metrics::store(StoreCall::Add, app.store.add(document, content));
            async move { Ok::<_, ApiError>((source, add.await?)) }
        })
        .buffered(AT_ONCE);
    while let Some((source, added)) = added.try_next().await? {
        match added {
            Added::New => new += 1,
            Added::Same { track_id } | Added::Duplicate { track_id, .. } => there.push(track_id),
            Added::Different => conflicts.push(source),
        }
    }
    app.ingest.wake();
    if new + there.len() == 0 {
        let words = format!("{} are there with other text; delete them first", list(&conflicts));
        return Err(ApiError::Conflict(words));
    }
    let mut told = vec![format!("{new} kept, which will be indexed")];
    if !there.is_empty() {
        told.push(format!("{} there already, with the same text", there.len()));
    }
    if !conflicts.is_empty() {
        told.push(format!("refused, since they are there with other text: {}", list(&conflicts)));
    }
    let message = told.join("; ");
    let status = if conflicts.is_empty() { "success" } else { "partial_success" };
    // Who asks how far they have come is to find them, even if they came with another request.
    let same = there.first().filter(|one| new == 0 && there.iter().all(|other| other == *one));
    let track_id = same.cloned().unwrap_or(request.track_id);
    Ok(Json(Kept { status, message, track_id }))
}

/// The first few of a list, and how many more there are.
fn list(sources: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = sources.iter().take(SHOWN).map(|one| format!("`{one}`")).collect();
    match sources.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What documents of one request share.
pub(super) struct Request {
    pub(super) track_id: String,
    pub(super) now: Timestamp,
}

impl Request {
    /// A new one; `kind` begins its track id.
    pub(super) fn new(kind: &str) -> Self {
        let now = Timestamp::now();
        Self { track_id: track_id(kind, now, fastrand::u32(..)), now }
    }
}

/// Makes a document durable and has it taken up.
pub(super) async fn keep(
    app: &App,
    document: NewDocument,
    content: Content,
    track_id: String,
) -> Result<Json<Kept>, ApiError> {
    let source = document.source.clone();
    let (message, track_id) =
        match metrics::store(StoreCall::Add, app.store.add(document, content)).await? {
            Added::New => (format!("`{source}` is kept and will be indexed"), track_id),
            Added::Same { track_id } => {
                (format!("`{source}` is there already, with the same text"), track_id)
            }
            Added::Duplicate { source: known, track_id } => {
                (format!("the same text is there already, as `{known}`"), track_id)
            }
            Added::Different => {
                let words = format!("`{source}` is there with other text; delete it first");
                return Err(ApiError::Conflict(words));
            }
        };
    app.ingest.wake();
    Ok(Json(Kept { status: "success", message, track_id }))
}
