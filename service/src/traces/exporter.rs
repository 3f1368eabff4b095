//! Spans over HTTP to a collector, which may be slow or gone: that costs nobody anything but a line in the log.
//!
//! The SDK batches on a thread of its own that no runtime knows; the calls are made by tasks of ours.

use std::{
    error::Error,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use reqwest::Url;
use tokio::runtime::Handle;

use crate::adapters::openai;

/// The limit of one call, which is also OpenTelemetry's default.
/// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>
const LIMIT: Duration = Duration::from_secs(10);

/// How often it is said that spans are lost.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// The most of a collector's answer that is read.
const LONGEST_ANSWER_BYTES: usize = 64 * 1024;

/// Why there is no way to export spans.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There can be no HTTP client.
    #[error("the HTTP client for spans cannot be made")]
    Client(#[from] reqwest::Error),
    /// X-Ray's daemon has no address that one can send to.
    #[error("AWS_XRAY_DAEMON_ADDRESS: one cannot send to it")]
    Daemon(#[source] std::io::Error),
    /// The SDK refused its settings.
    #[error("spans cannot be exported")]
    Exporter(#[from] ExporterBuildError),
}

/// An exporter to the collector at `endpoint`. It reads `OTEL_EXPORTER_OTLP_HEADERS` itself.
pub(super) fn exporter(endpoint: &Url, runtime: Handle) -> Result<SpanExporter, ExportError> {
    let collector = endpoint.host_str().unwrap_or("the collector").to_owned();
    let client = Client { http: openai::client()?, runtime, collector, warned: Mutex::new(None) };
    let traces = endpoint.join("v1/traces").expect("the path is a constant");
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(traces.as_str())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(LIMIT)
        .build()?;
    Ok(exporter)
}

#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
    collector: String,
    warned: Mutex<Option<Instant>>,
}

impl Client {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let call = call(self.http.clone(), request);
        // Whoever awaits this has no reactor; the task has.
        let response = self.runtime.spawn(call).await?.map_err(reqwest::Error::without_url)?;
        match response.status().is_success() {
            true => Ok(response),
            false => {
                self.warn(&format!("it answered {}", response.status()));
                Ok(response)
            }
        }
    }

    /// Says that spans are lost, unless it was said a moment ago.
    fn warn(&self, error: &str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            *warned = Some(Instant::now());
            tracing::warn!(collector = self.collector, error, "spans could not be exported");
        }
    }
}

async fn call(
    http: reqwest::Client,
    mut request: reqwest::Request,
) -> Result<Response<Bytes>, reqwest::Error> {
    *request.timeout_mut() = Some(LIMIT);
    let mut response = http.execute(request).await?;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > LONGEST_ANSWER_BYTES {
            break;
        }
    }
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

impl HttpClient for Client {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let result = self.send(request).await;
            if let Err(error) = &result {
                self.warn(&chain(&**error));
            }
            result
        })
    }
}

/// What went wrong, and why.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}
