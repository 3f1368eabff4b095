//! What the balancer answers itself: `{"detail": …, "code": …}` as the service's errors, told in `docs/reference/service.md`.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use ragctl_stacks::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// Why a request is not passed on, or not answered by a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    BadRequest(&'static str),
    #[error("the request line is longer than 16 KiB")]
    UriTooLong,
    #[error("the header {0} is longer than 16 KiB")]
    HeaderTooLarge(String),
    #[error("only `100-continue` can be expected")]
    Expectation,
    #[error("upgrades to another protocol are not supported")]
    Upgrade,
    #[error("no task is there to answer")]
    NoTarget,
    #[error("the stack sleeps, and a probe does not wake it")]
    Asleep,
    #[error("a task is starting, please retry in 10-20s")]
    Accepted,
    #[error("Service warming up, retry in {}s", .0.retry_after)]
    Waking(Warming),
    #[error("no task was ready within {}", seconds::text(*.0))]
    HeldTooLong(Duration),
    #[error("too many requests wait for a task to start")]
    TooManyHeld,
    #[error("the task refused the connection")]
    Unreachable,
    #[error("the task took no connection in time")]
    ConnectTimeout,
    #[error("the task closed the connection before it answered")]
    Broken,
    #[error("the task sent nothing for {}", seconds::text(*.0))]
    Silent(Duration),
}

/// A back end that is not warm yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Warming {
    /// The seconds after which to ask again.
    pub(super) retry_after: u16,
    pub(super) ready: Ready,
}

/// Which pools of the service are ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Ready {
    #[serde(rename = "embedding_ready")]
    pub(super) embedding: bool,
    #[serde(rename = "llm_ready")]
    pub(super) llm: bool,
}

impl Warming {
    /// Nothing runs yet that could say more.
    pub(super) const ASLEEP: Self =
        Self { retry_after: 30, ready: Ready { embedding: false, llm: false } };
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::HeaderTooLarge(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            Self::Upgrade => StatusCode::NOT_IMPLEMENTED,
            Self::Accepted => StatusCode::ACCEPTED,
            Self::NoTarget
            | Self::Asleep
            | Self::Waking(_)
            | Self::HeldTooLong(_)
            | Self::TooManyHeld => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreachable | Self::Broken => StatusCode::BAD_GATEWAY,
            Self::ConnectTimeout | Self::Silent(_) => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad_request",
            Self::UriTooLong => "uri_too_long",
            Self::HeaderTooLarge(_) => "header_too_large",
            Self::Expectation => "expectation_failed",
            Self::Upgrade => "upgrade_refused",
            Self::NoTarget => "no_target",
            Self::Asleep => "asleep",
            Self::Accepted | Self::Waking(_) | Self::HeldTooLong(_) => "waking",
            Self::TooManyHeld => "overloaded",
            Self::Unreachable => "target_unreachable",
            Self::Broken => "target_failed",
            Self::ConnectTimeout | Self::Silent(_) => "target_timeout",
        }
    }

    /// The seconds after which asking again makes sense.
    fn retry_after(&self) -> Option<u16> {
        match self {
            Self::Accepted | Self::NoTarget | Self::TooManyHeld | Self::HeldTooLong(_) => Some(10),
            Self::Asleep => Some(30),
            Self::Waking(warming) => Some(warming.retry_after),
            Self::BadRequest(_)
            | Self::UriTooLong
            | Self::HeaderTooLarge(_)
            | Self::Expectation
            | Self::Upgrade
            | Self::Unreachable
            | Self::ConnectTimeout
            | Self::Broken
            | Self::Silent(_) => None,
        }
    }

    fn body(&self) -> Value {
        let message = self.to_string();
        match self {
            // As the service says it while it warms.
            Self::Accepted => json!({
                "status": "initializing",
                "message": message,
                "embedding_ready": false,
                "llm_ready": false,
            }),
            // As the functions at the edge and at the door of a sleeping stack say it.
            Self::Waking(Warming { ready, .. }) => json!({
                "status": "initializing",
                "message": message,
                "embedding_ready": ready.embedding,
                "llm_ready": ready.llm,
            }),
            _ => json!({ "detail": message, "code": self.code() }),
        }
    }

    pub(super) fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body().to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
