//! JSON bodies, with our errors.

use axum::{
    Json,
    extract::{FromRequest, Request},
    http::{HeaderValue, header::CONTENT_TYPE},
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

/// A body of JSON, whatever its kind is said to be: clients of Ollama do not always say.
pub(super) struct AnyBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for AnyBody<T> {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let Body(value) = Body::from_request(request, app).await?;
        Ok(Self(value))
    }
}
