//! JSON bodies, with our errors.

use axum::{
    Json,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use super::{BODY_MARGIN_BYTES, LONGEST_QUESTION_BYTES};
use crate::{app::App, error::ApiError};
use std::sync::Arc;

/// A body of JSON.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let limit = if request.uri().path().starts_with("/documents") {
            app.settings.max_upload_bytes.saturating_add(BODY_MARGIN_BYTES)
        } else {
            LONGEST_QUESTION_BYTES
        };
        let json = Json::<T>::from_request(request, app).await;
        json.map(|Json(value)| Self(value)).map_err(|rejection| ApiError::json(rejection, limit))
    }
}
