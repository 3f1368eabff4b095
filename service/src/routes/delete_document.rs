//! `DELETE /documents/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use crate::{app::App, error::ApiError};

/// Deletes a document and all of its chunks.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if app.store.delete(vec![id.clone()]).await?.is_empty() {
        return Err(ApiError::NotFound(format!("there is no document `{id}`")));
    }
    Ok(Json(json!({ "status": "success", "message": "the document is deleted", "doc_id": id })))
}
