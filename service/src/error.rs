//! What a client is told when it gets no answer: the one mapping from failures to HTTP.

use std::{io, time::Duration};

use axum::{
    Json,
    extract::rejection::{BytesRejection, FailedToBufferBody, JsonRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    pipeline::{
        document::{UnfitDocument, UnfitFile},
        query::QueryError,
    },
    pool::{CallError, whole_seconds},
    ports::{ProviderError, StoreError},
};

/// When to come again to a service that warms up.
pub(crate) const INITIALIZING_RETRY: Duration = Duration::from_secs(10);

/// What is said of a fault of ours.
const INSIDE: &str = "something failed inside the service; its log says what";

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It cannot be read at all.
    #[error("{0}")]
    Malformed(String),
    /// Its body can be read, and asks for what there is not; where a field is at fault, its name and a colon come first.
    #[error("{0}")]
    Unprocessable(String),
    /// The same of its query string.
    #[error("{0}")]
    WrongQuery(String),
    /// Its body is no JSON.
    #[error("{0}")]
    NotJson(String),
    /// Whoever asks has shown no key, or a wrong one.
    #[error("{0}")]
    WrongKey(&'static str),
    /// Whoever asks may not.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is nothing of that name.
    #[error("{0}")]
    NotFound(String),
    /// The route knows other methods.
    #[error("the route does not know this method")]
    OtherMethod,
    /// It is there already, and differs.
    #[error("{0}")]
    Conflict(String),
    /// It asks for what the service does not do, or not as it is set up; told as of `Unprocessable`.
    #[error("{0}")]
    NotAvailable(String),
    /// LightRAG's server has the route, and the service has not.
    #[error("{0}")]
    NotImplemented(String),
    /// Its body is too large.
    #[error("the request is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// The answer is larger than what is passed on.
    #[error(
        "the answer is larger than {limit_bytes} bytes, which is the most that {through} passes on; {remedy}"
    )]
    AnswerTooLarge {
        /// The most that is passed on.
        limit_bytes: usize,
        /// Who passes it on.
        through: &'static str,
        /// What can be done.
        remedy: &'static str,
    },
    /// The disk does not take what is sent.
    #[error("what is sent cannot be kept while it comes: {0}")]
    Spool(io::Error),
    /// A pool has no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The store has no answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The code is wrong.
    #[error("a handler panicked: {0}")]
    Panicked(String),
    /// The service stops.
    #[error("the service is stopping")]
    Stopping,
    /// It warms up, and is asked by a client that does not know 202.
    #[error("the service is warming up, please retry in 10-20s")]
    Initializing,
    /// The answer took too long.
    #[error("the request was not answered within {0:?}")]
    TimedOut(Duration),
}

/// What stands on the wire. Goes with the response, for routes that speak another dialect.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    /// A stable word.
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) detail: String,
    retry_after: Option<Duration>,
    /// Where the request is wrong, when it is.
    within: Option<&'static str>,
}

/// A refusal as it stands on the wire, for the API's description.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "written by `Told::body`; this describes it")]
pub(crate) struct Refusal {
    /// A sentence; of wrong input, a list of `{type, loc, msg}`.
    detail: Value,
    /// A stable word.
    code: String,
}

impl Told {
    /// As LightRAG tells it: a sentence, or a list of what is wrong where.
    fn body(&self) -> Value {
        let Self { code, detail, .. } = self;
        let Some(within) = self.within else { return json!({ "detail": detail, "code": code }) };
        let (kind, fault) = match self.code {
            "not_json" => ("json_invalid", None),
            _ => ("value_error", field(detail)),
        };
        let (field, words) = fault.unzip();
        let place: Vec<&str> = std::iter::once(within).chain(field).collect();
        let words = words.unwrap_or(detail);
        json!({ "detail": [{ "type": kind, "loc": place, "msg": words }], "code": code })
    }
}

/// The field that a sentence begins with, and what is said of it: `mode: …`.
fn field(sentence: &str) -> Option<(&str, &str)> {
    let (field, words) = sentence.split_once(": ")?;
    let is_name =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '[' | ']');
    field.chars().all(is_name).then_some((field, words))
}

impl ApiError {
    /// What the client is told; the log is told what it need not know.
    pub(crate) fn tell(self) -> Told {
        let told = self.told();
        let Told { status, code, .. } = told;
        match status {
            StatusCode::INTERNAL_SERVER_ERROR => tracing::error!(code, error = %self, "failed"),
            _ if status.is_server_error() => tracing::warn!(code, error = %self, "not answered"),
            _ => tracing::debug!(code, error = %self, "refused"),
        }
        told
    }

    fn told(&self) -> Told {
        let (status, code) = self.status_and_code();
        let detail = match self {
            // Paths and engine words are for the log.
            Self::Store(error) => error.obstacle().unwrap_or(INSIDE).to_owned(),
            Self::Spool(error) if is_full(error) => "no space is left for what is sent".to_owned(),
            Self::Spool(_) | Self::Panicked(_) => INSIDE.to_owned(),
            _ => self.to_string(),
        };
        let retry_after = match self {
            Self::Call(error) => error.retry_after(),
            Self::Initializing => Some(INITIALIZING_RETRY),
            _ => None,
        };
        let within = match self {
            Self::Unprocessable(_) | Self::NotAvailable(_) | Self::NotJson(_) => Some("body"),
            Self::WrongQuery(_) => Some("query"),
            _ => None,
        };
        Told { status, code, detail, retry_after, within }
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::Unprocessable(_) | Self::WrongQuery(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable")
            }
            Self::NotJson(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_json"),
            Self::WrongKey(_) => (StatusCode::FORBIDDEN, "wrong_key"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::OtherMethod => (StatusCode::METHOD_NOT_ALLOWED, "other_method"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            Self::NotAvailable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_available"),
            Self::NotImplemented(_) => (StatusCode::NOT_IMPLEMENTED, "not_implemented"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::AnswerTooLarge { .. } => (StatusCode::BAD_GATEWAY, "answer_too_large"),
            Self::Call(CallError::Overloaded { .. }) => {
                (StatusCode::TOO_MANY_REQUESTS, "overloaded")
            }
            Self::Call(CallError::Unavailable { .. }) => {
                (StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable")
            }
            Self::Call(CallError::Late { .. }) => (StatusCode::GATEWAY_TIMEOUT, "request_timeout"),
            Self::Call(CallError::Provider(error)) => match error {
                ProviderError::Unreachable { .. } => {
                    (StatusCode::SERVICE_UNAVAILABLE, "provider_unreachable")
                }
                ProviderError::TimedOut { .. } => (StatusCode::GATEWAY_TIMEOUT, "provider_timeout"),
                ProviderError::Refused { .. } | ProviderError::Unusable { .. } => {
                    (StatusCode::BAD_GATEWAY, "provider_refused")
                }
            },
            Self::Store(StoreError::Full { .. }) => {
                (StatusCode::INSUFFICIENT_STORAGE, "store_full")
            }
            Self::Spool(error) if is_full(error) => {
                (StatusCode::INSUFFICIENT_STORAGE, "store_full")
            }
            Self::Spool(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Store(StoreError::ReadOnly { .. }) => {
                (StatusCode::INSUFFICIENT_STORAGE, "store_read_only")
            }
            Self::Store(StoreError::Unreachable { .. }) => {
                (StatusCode::SERVICE_UNAVAILABLE, "store_unreachable")
            }
            Self::Store(_) | Self::Panicked(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Initializing => (StatusCode::SERVICE_UNAVAILABLE, "initializing"),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
            Self::TimedOut(_) => (StatusCode::GATEWAY_TIMEOUT, "request_timeout"),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl IntoResponse for ApiError {
    /// Tells the client, and the log what the client need not know.
    fn into_response(self) -> Response {
        let told = self.tell();
        let mut response = (told.status, Json(told.body())).into_response();
        if let Some(pause) = told.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(pause)));
        }
        response.extensions_mut().insert(told);
        response
    }
}

impl ApiError {
    /// What a client is told in a line of a body whose head is gone already.
    pub(crate) fn line(&self) -> serde_json::Value {
        let Told { code, detail, .. } = self.told();
        tracing::warn!(code, error = %self, "not answered");
        json!({ "error": detail, "code": code })
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NotSetUp { .. } => Self::NotAvailable(error.to_string()),
            QueryError::Call(error) => error.into(),
            QueryError::Store(error) => error.into(),
        }
    }
}

impl From<UnfitDocument> for ApiError {
    fn from(error: UnfitDocument) -> Self {
        match error {
            UnfitDocument::Blank | UnfitDocument::Source => Self::Unprocessable(error.to_string()),
        }
    }
}

impl From<UnfitFile> for ApiError {
    fn from(error: UnfitFile) -> Self {
        match error {
            UnfitFile::Name { .. } | UnfitFile::Content(_) => Self::Malformed(error.to_string()),
            UnfitFile::Document(error) => error.into(),
            UnfitFile::Disk(error) => Self::Spool(error),
        }
    }
}

impl ApiError {
    /// A JSON body that was not taken, of a route that takes `limit_bytes`.
    pub(crate) fn json(rejection: JsonRejection, limit_bytes: usize) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => {
                let text = error.body_text();
                // What axum puts before the field and its fault is about its own types.
                let fault = text.split_once("target type: ").map_or(text.as_str(), |(_, it)| it);
                Self::Unprocessable(fault.to_owned())
            }
            JsonRejection::BytesRejection(BytesRejection::FailedToBufferBody(
                FailedToBufferBody::LengthLimitError(_),
            )) => Self::TooLarge { limit_bytes },
            JsonRejection::JsonSyntaxError(error) => Self::NotJson(error.body_text()),
            JsonRejection::MissingJsonContentType(_) => {
                Self::Malformed("the body is not sent as `content-type: application/json`".into())
            }
            other => Self::Malformed(other.body_text()),
        }
    }

    /// A query string that was not taken.
    pub(crate) fn query(rejection: &QueryRejection) -> Self {
        let text = rejection.body_text();
        let fault = text.split_once("query string: ").map_or(text.as_str(), |(_, it)| it);
        Self::WrongQuery(fault.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_status_and_code() {
        let provider = || "models:1".to_owned();
        let limit = Duration::from_secs(30);
        let reason = || "no".to_owned();
        let call = |error| ApiError::Call(CallError::Provider(error));
        let refused = ProviderError::Refused {
            provider: provider(),
            status: 401,
            reason: reason(),
            retry_after: None,
        };
        let table = [
            (
                ApiError::Call(CallError::Overloaded { pool: "llm", waiting: 9, retry_in: limit }),
                429,
                "overloaded",
            ),
            (
                ApiError::Call(CallError::Unavailable { reason: reason(), retry_in: limit }),
                503,
                "provider_unavailable",
            ),
            (ApiError::Call(CallError::Late { pool: "llm" }), 504, "request_timeout"),
            (call(refused), 502, "provider_refused"),
            (
                call(ProviderError::Unreachable { provider: provider(), reason: reason() }),
                503,
                "provider_unreachable",
            ),
            (
                call(ProviderError::TimedOut { provider: provider(), limit }),
                504,
                "provider_timeout",
            ),
            (ApiError::TimedOut(limit), 504, "request_timeout"),
            (ApiError::Stopping, 503, "stopping"),
            (ApiError::Store(StoreError::Full { place: "f".into() }), 507, "store_full"),
            (ApiError::Store(StoreError::ReadOnly { place: "f".into() }), 507, "store_read_only"),
            (
                ApiError::Store(StoreError::Unreachable { place: provider(), reason: reason() }),
                503,
                "store_unreachable",
            ),
            (ApiError::Store(StoreError::Failed { reason: reason() }), 500, "internal"),
            (ApiError::Panicked("x".into()), 500, "internal"),
        ];
        for (error, status, code) in table {
            let told = error.told();
            assert_eq!((told.status.as_u16(), told.code), (status, code), "{error:?}");
        }
    }

    #[test]
    fn what_the_store_says_is_for_the_log() {
        let place = "/secret/place".into();
        let told = ApiError::Store(StoreError::Full { place }).told();
        assert_eq!(told.detail, "no space is left on the disk of the documents");
        let reason = "/secret/place".to_owned();
        let told = ApiError::Store(StoreError::Failed { reason }).told();
        assert_eq!(told.detail, INSIDE);
    }
}
