//! Spans: what a request was made of, for a collector (`OTEL_EXPORTER_OTLP_ENDPOINT`) or X-Ray's daemon
//! (`AWS_XRAY_DAEMON_ADDRESS`).
//!
//! Without it, a span is a check of one number. A span says how long, how many and how it ended; never what was
//! asked, answered, or read.

mod exporter;
mod ids;
mod parent;
mod xray;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::HeaderMap;
use opentelemetry::{
    propagation::TextMapPropagator,
    trace::{TraceContextExt, TraceId, TracerProvider},
};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tokio::runtime::Handle;
use tracing::{Span, field::Empty, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, Registry, filter::FilterFn};

use self::ids::XRayIds;
pub use exporter::ExportError;

use crate::config::{TraceSettings, TraceTarget};

/// What all of our spans are marked by, and no event is: words in events are for the log.
pub(crate) const TARGET: &str = "rag_service_traces";

/// How long a stop waits for the last spans to leave.
const LONGEST_FLUSH: Duration = Duration::from_secs(2);

/// Takes in spans, beside the log.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The way of spans to their collector.
pub struct Traces {
    provider: SdkTracerProvider,
    /// Whether spans are kept for a while before they leave.
    is_batched: bool,
    is_flushing: Arc<AtomicBool>,
}

impl Traces {
    /// Prepares to send spans, over connections of `runtime`. Calls nobody yet.
    ///
    /// # Errors
    ///
    /// [`ExportError`] when there can be no exporter.
    pub fn start(
        settings: &TraceSettings,
        runtime: Handle,
    ) -> Result<(Self, SpanLayer), ExportError> {
        let resource = Resource::builder()
            .with_service_name(settings.service.clone())
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider =
            SdkTracerProvider::builder().with_resource(resource).with_id_generator(XRayIds);
        let provider = match &settings.to {
            TraceTarget::Collector(endpoint) => {
                let sampler = Sampler::TraceIdRatioBased(settings.share);
                let exporter = exporter::exporter(endpoint, runtime)?;
                provider
                    .with_sampler(Sampler::ParentBased(Box::new(sampler)))
                    .with_batch_exporter(exporter)
                    .build()
            }
            // Whoever calls has decided. What has no parent there would hang in the air.
            TraceTarget::XRayDaemon(address) => provider
                .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)))
                .with_simple_exporter(xray::Daemon::at(address)?)
                .build(),
        };
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("rag-service"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // A span's parent is the one around it; work moves between threads.
            .with_context_activation(false)
            .with_filter(FilterFn::new(|it| it.is_span() && it.target() == TARGET));
        let is_batched = matches!(settings.to, TraceTarget::Collector(_));
        Ok((Self { provider, is_batched, is_flushing: Arc::default() }, Box::new(layer)))
    }

    /// Sends what has not been sent yet; gives up after 2 s. Blocks.
    pub fn flush(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LONGEST_FLUSH) {
            tracing::warn!(%error, "the last spans could not be exported");
        }
    }
}

impl Traces {
    /// Whether spans are kept for a while before they leave, so that there may be some to flush.
    #[must_use]
    pub fn is_batched(&self) -> bool {
        self.is_batched
    }

    /// Sends what has not been sent yet, before the process stands still; gives up after `limit`. What is on its way then
    /// goes on when the process does.
    pub async fn flush_within(&self, limit: Duration) {
        // One that hangs is enough.
        if self.is_flushing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (provider, is_flushing) = (self.provider.clone(), Arc::clone(&self.is_flushing));
        let flush = tokio::task::spawn_blocking(move || {
            let flushed = provider.force_flush();
            is_flushing.store(false, Ordering::Release);
            flushed
        });
        if let Ok(Ok(Err(error))) = tokio::time::timeout(limit, flush).await {
            tracing::debug!(%error, "spans could not be sent before the process stands still");
        }
    }
}

/// A request, as a part of its client's trace when it says which.
pub(crate) fn request(method: &str, route: &str, headers: &HeaderMap) -> Span {
    let span = info_span!(
        target: TARGET,
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    if !span.is_disabled() {
        let parent = parent::of(headers);
        // It fails only for a span that has begun; this one is new.
        span.set_parent(parent).ok();
    }
    span
}

/// How a request ended.
pub(crate) fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// Texts to vectors: the wait for a worker, and the provider.
pub(crate) fn embed(texts: usize) -> Span {
    info_span!(target: TARGET, "embed", rag.texts = texts)
}

/// A question to passages.
pub(crate) fn retrieve(mode: &'static str) -> Span {
    info_span!(target: TARGET, "retrieve", rag.mode = mode, rag.passages = Empty)
}

/// How many passages were retrieved.
pub(crate) fn retrieved(passages: usize) {
    Span::current().record("rag.passages", passages);
}

/// Passages to better ones.
pub(crate) fn rerank(passages: usize) -> Span {
    info_span!(target: TARGET, "rerank", rag.passages = passages)
}

/// Passages to an answer: the wait for a worker, and the provider to its last word.
pub(crate) fn generate() -> Span {
    info_span!(target: TARGET, "generate")
}

/// A document to chunks that can be found; a trace of its own.
pub(crate) fn ingest() -> Span {
    info_span!(target: TARGET, parent: None, "ingest", rag.chunks = Empty)
}

/// The id of the trace that a span belongs to; none when nobody traces.
pub(crate) fn trace_id(span: &Span) -> Option<TraceId> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id())
}

/// Tells a provider which trace its call belongs to: `traceparent` and `tracestate`.
/// <https://www.w3.org/TR/trace-context/>
pub(crate) fn pass_on(headers: &mut HeaderMap) {
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(headers));
}
