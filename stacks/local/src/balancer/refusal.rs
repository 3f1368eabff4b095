//! What the balancer answers itself: `{"detail": …, "code": …}` as the service's errors, told in `docs/reference/service.md`.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use ragctl_stacks::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a browser shows while the stack starts; the door of a stack on AWS has the same (`stacks/aws/functions/wake.mjs`).
const STARTING: &str = include_str!("starting.html");

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

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A person, who opened an address.
    Browser,
    Program,
}

impl Caller {
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
        let wants_a_page = accepted.is_some_and(|accepted| accepted.contains("text/html"));
        if *method == Method::GET && wants_a_page { Self::Browser } else { Self::Program }
    }
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

    /// A page that asks again by itself, for a person who meets a stack that starts.
    fn page(&self) -> Option<String> {
        let (Self::Accepted | Self::Waking(_) | Self::HeldTooLong(_)) = self else { return None };
        self.retry_after().map(|seconds| STARTING.replace("SECONDS", &seconds.to_string()))
    }

    pub(super) fn response(&self, to: Caller) -> Response<Full<Bytes>> {
        let page = self.page().filter(|_| to == Caller::Browser);
        let media_type =
            if page.is_some() { "text/html; charset=utf-8" } else { "application/json" };
        let body = page.unwrap_or_else(|| self.body().to_string());
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
