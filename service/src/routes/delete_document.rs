//! `DELETE /documents/{id}`, `DELETE /documents/delete_document` and `DELETE /documents`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{body::Body, done::Done};
use crate::{
    app::App,
    error::{ApiError, Refusal},
};

/// The most documents that one request may delete.
const MOST: usize = 1000;

/// What is said of documents that are gone.
#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    /// `success` of one; `deletion_started` of a list, as LightRAG's clients expect it: they are gone already.
    status: &'static str,
    message: String,
    /// The documents that were asked for, separated by commas.
    doc_id: String,
}

/// Deletes a document and all of its chunks.
#[utoipa::path(
    delete, operation_id = "delete_document", path = "/documents/{id}", tag = "documents",
    params(("id" = String, Path, description = "The document's id")),
    responses((status = 200, body = Deleted), (status = 404, body = Refusal)),
)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    if app.store.delete(vec![id.clone()]).await?.is_empty() {
        return Err(ApiError::NotFound(format!("there is no document `{id}`")));
    }
    let message = "the document is deleted".to_owned();
    Ok(Json(Deleted { status: "success", message, doc_id: id }))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = DeleteDocRequest)]
pub(super) struct Asked {
    /// 1 to 1000 ids.
    doc_ids: Vec<String>,
    /// What was sent is kept with the document only, and goes with it: this changes nothing.
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and it has to be a boolean")]
    delete_file: bool,
    /// Answers are cached by what they are written from: this changes nothing.
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and it has to be a boolean")]
    delete_llm_cache: bool,
}

/// Deletes documents and all that came of them, before it answers.
#[utoipa::path(
    delete, operation_id = "delete_documents", path = "/documents/delete_document", tag = "documents", request_body = Asked,
    responses((status = 200, body = Deleted), (status = 404, body = Refusal), (status = 422, body = Refusal)),
)]
pub(super) async fn delete_many(
    State(app): State<Arc<App>>,
    Body(asked): Body<Asked>,
) -> Result<Json<Deleted>, ApiError> {
    if !(1..=MOST).contains(&asked.doc_ids.len()) {
        return Err(ApiError::Unprocessable(format!("doc_ids: not 1 to {MOST} ids")));
    }
    let doc_id = asked.doc_ids.join(", ");
    let wanted = asked.doc_ids.len();
    let deleted = app.store.delete(asked.doc_ids).await?.len();
    if deleted == 0 {
        return Err(ApiError::NotFound(format!("there is no document `{doc_id}`")));
    }
    let what = if deleted == 1 { "the document is" } else { "the documents are" };
    let message = match wanted - deleted {
        0 => format!("{what} deleted"),
        missing => format!("{what} deleted; {missing} were not there"),
    };
    Ok(Json(Deleted { status: "deletion_started", message, doc_id }))
}

/// Deletes all documents.
#[utoipa::path(
    delete, operation_id = "clear_documents", path = "/documents", tag = "documents", responses((status = 200, body = Done)),
)]
pub(super) async fn clear(State(app): State<Arc<App>>) -> Result<Json<Done>, ApiError> {
    let deleted = app.store.clear().await?;
    Ok(Done::json(format!("{deleted} deleted")))
}
