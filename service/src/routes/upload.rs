//! `POST /documents/upload`: a document as a file.

use std::sync::Arc;

use axum::{
    Json,
    extract::{
        Multipart, State,
        multipart::{Field, MultipartError, MultipartRejection},
    },
    http::StatusCode,
};

use super::add_text::{Kept, Request, keep};
use crate::{
    app::App,
    error::{ApiError, Refusal},
    pipeline::{
        document::{self, UnfitFile},
        format::Format,
        spool::{Spool, SpoolError},
    },
};

/// A form with a file.
#[derive(utoipa::ToSchema)]
#[schema(as = UploadForm)]
#[expect(dead_code, reason = "read part by part; this describes it")]
pub(super) struct Form {
    /// The document; its name ends as `/documents/supported_file_types` lists.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Keeps the file of the field `file`.
#[utoipa::path(
    post, operation_id = "upload", path = "/documents/upload", tag = "documents",
    request_body(content = Form, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = Kept, description = "It is safe on disk, and will be indexed"),
        (status = 400, body = Refusal, description = "No form, no file, or a type that cannot be read"),
        (status = 409, body = Refusal, description = "The name is there with other content"),
        (status = 413, body = Refusal), (status = 507, body = Refusal),
    ),
)]
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<Kept>, ApiError> {
    let limit = app.settings.max_upload_bytes;
    let mut form = form.map_err(|rejection| ApiError::Malformed(rejection.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error, limit))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = file_name(&field);
        if Format::of_name(&name).is_none() {
            return Err(ApiError::from(UnfitFile::Name { name }));
        }
        let folder = &app.settings.spool_dir;
        let spool =
            Spool::take(field, folder, limit as u64).await.map_err(|error| match error {
                SpoolError::TooLarge { .. } => ApiError::TooLarge { limit_bytes: limit },
                SpoolError::Broken(error) => broken(&error, limit),
                SpoolError::Disk(error) => ApiError::Spool(error),
            })?;
        let request = Request::new("upload");
        let (document, content) = document::file(&name, spool, &request.track_id, request.now)?;
        return keep(&app, document, content, request.track_id).await;
    }
    Err(ApiError::Malformed("file: the form has no such field".to_owned()))
}

/// The last part of the client's name for the file: a name, and never a place.
fn file_name(field: &Field<'_>) -> String {
    let name = field.file_name().unwrap_or_default();
    name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned()
}

fn broken(error: &MultipartError, limit_bytes: usize) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge { limit_bytes },
        _ => ApiError::Malformed(format!("the form cannot be read: {}", error.body_text())),
    }
}
