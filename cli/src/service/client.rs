//! One client for all calls: connections are kept, every call has a limit, every refusal keeps the service's own words.

use std::{error::Error, time::Duration};

use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{self, HeaderMap},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::cli::ApiKey;

/// How long a connection may take to come about. Ours: a loopback takes none, another continent less than a second.
const CONNECT: Duration = Duration::from_secs(5);

/// Marks a request that is not use: it neither wakes a stack nor keeps it awake.
pub(super) const PURPOSE: &str = "x-ragctl-purpose";

/// Talks to one service.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

/// Why a call did not bring what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Nobody answers.
    #[error("the service at {url} does not answer: {reason}")]
    Unreachable { url: String, reason: String },
    /// Nobody answered in time.
    #[error("the service at {url} did not answer in time")]
    TimedOut { url: String },
    /// The service, or the balancer before it, said no or not yet.
    #[error("{detail} ({status})")]
    Answered { status: u16, code: String, detail: String, retry_after: Option<Duration> },
    /// The answer is not what the protocol says.
    #[error("the answer of {url} cannot be understood: {reason}")]
    NotUnderstood { url: String, reason: String },
}

impl CallError {
    /// When to ask again, if the service is only not ready yet.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answered { status: 202, retry_after, .. } => {
                Some(retry_after.unwrap_or(Duration::from_secs(1)))
            }
            Self::Answered { status: 429 | 503, retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the service is still coming up, so that it may be ready before the time that it said.
    pub(super) const fn is_starting(&self) -> bool {
        matches!(self, Self::Answered { status: 202 | 503, .. })
    }

    /// The answer's status; `None` when there was no answer.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::NotUnderstood { .. } => None,
        }
    }
}

impl Client {
    /// A client of the service at `endpoint`, which shows `key`; silence longer than `silence` ends a call.
    ///
    /// # Panics
    ///
    /// When the TLS library refuses its own defaults.
    pub(crate) fn new(endpoint: &str, silence: Duration, key: Option<&ApiKey>) -> Self {
        let mut builder = http(endpoint, silence);
        if let Some(key) = key {
            let header = header::HeaderName::from_static("x-api-key");
            builder = builder.default_headers(HeaderMap::from_iter([(header, key.header())]));
        }
        let http = builder.build().expect("the TLS library takes its own defaults");
        Self { http, base: endpoint.trim_end_matches('/').to_owned() }
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path))
    }

    pub(super) fn delete(&self, path: &str) -> RequestBuilder {
        self.http.delete(self.url(path))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends; anything but 200 is an error.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, CallError> {
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|it| it.to_str().ok()?.trim().parse().ok());
        let body = response.text().await.unwrap_or_default();
        let Refusal { code, detail } = Refusal::of(status, &body);
        let retry_after = retry_after.map(Duration::from_secs);
        Err(CallError::Answered { status: status.as_u16(), code, detail, retry_after })
    }

    /// Sends, and reads the answer's JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, CallError> {
        let response = self.send(request).await?;
        let bytes = response.bytes().await.map_err(|error| self.broken(&error))?;
        serde_json::from_slice(&bytes).map_err(|error| self.not_understood(&error))
    }

    pub(super) fn broken(&self, error: &reqwest::Error) -> CallError {
        let url = self.base.clone();
        if error.is_timeout() {
            return CallError::TimedOut { url };
        }
        CallError::Unreachable { url, reason: innermost(error) }
    }

    pub(super) fn not_understood(&self, error: &dyn Error) -> CallError {
        CallError::NotUnderstood { url: self.base.clone(), reason: error.to_string() }
    }
}

/// A client of the server at `endpoint`; silence longer than `silence` ends a call.
pub(crate) fn http(endpoint: &str, silence: Duration) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(endpoint))
        .connect_timeout(CONNECT)
        .read_timeout(silence)
        .user_agent(concat!("ragctl/", env!("CARGO_PKG_VERSION")));
    // A proxy for the world knows nothing of this machine's own ports.
    if is_loopback(endpoint) { builder.no_proxy() } else { builder }
}

/// What a refusal says, in the service's words where it has any.
struct Refusal {
    code: String,
    detail: String,
}

impl Refusal {
    fn of(status: StatusCode, body: &str) -> Self {
        #[derive(Default, Deserialize)]
        struct Body {
            #[serde(default)]
            detail: Option<Value>,
            #[serde(default)]
            message: Option<String>,
            #[serde(default)]
            code: Option<String>,
        }
        let Body { detail, message, code } = serde_json::from_str(body).unwrap_or_default();
        let reason = || status.canonical_reason().unwrap_or("no reason was given").to_owned();
        let detail = detail.as_ref().and_then(sentences).or(message).unwrap_or_else(reason);
        Self { code: code.unwrap_or_default(), detail }
    }
}

/// A sentence, or the sentences of all that is wrong with a request.
fn sentences(detail: &Value) -> Option<String> {
    match detail {
        Value::String(sentence) => Some(sentence.clone()),
        Value::Array(faults) => {
            let all: Vec<String> = faults.iter().filter_map(fault).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        _ => None,
    }
}

/// What is wrong, and where, when that is more than the body as a whole.
fn fault(fault: &Value) -> Option<String> {
    let words = fault["msg"].as_str()?;
    let place = fault["loc"].as_array().and_then(|place| place.get(1)?.as_str());
    Some(place.map_or_else(|| words.to_owned(), |place| format!("{place}: {words}")))
}

/// What the system said at the root of it; all above only says that something went wrong.
fn innermost(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn is_loopback(endpoint: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|it| endpoint.starts_with(it))
}

/// TLS with the roots that browsers trust; without any for plain HTTP, which needs none and should not pay for them.
fn tls(endpoint: &str) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    if endpoint.starts_with("https:") {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_services_own_words() {
        let told = |status, body| Refusal::of(status, body).detail;
        let words = r#"{"detail": "the provider refused", "code": "provider_refused"}"#;
        assert_eq!(told(StatusCode::BAD_GATEWAY, words), "the provider refused");
        let words = r#"{"detail": [{"loc": ["body", "a"], "msg": "wrong"}, {"msg": "b"}]}"#;
        assert_eq!(told(StatusCode::UNPROCESSABLE_ENTITY, words), "a: wrong; b");
        assert_eq!(told(StatusCode::ACCEPTED, r#"{"message": "warming up"}"#), "warming up");
        assert_eq!(told(StatusCode::BAD_GATEWAY, "<html>"), "Bad Gateway");
    }

    #[test]
    fn only_what_is_not_ready_yet_is_asked_again() {
        let answered = |status, after: Option<u64>| CallError::Answered {
            status,
            code: String::new(),
            detail: String::new(),
            retry_after: after.map(Duration::from_secs),
        };
        let seconds = |it: CallError| it.retry_after().map(|it| it.as_secs());
        assert_eq!(seconds(answered(202, Some(10))), Some(10));
        assert_eq!(seconds(answered(202, None)), Some(1));
        assert_eq!(seconds(answered(503, Some(3))), Some(3));
        assert_eq!(
            seconds(answered(503, None)),
            None,
            "a provider that is down does not come up by asking"
        );
        assert_eq!(seconds(answered(502, Some(3))), None);
    }
}
