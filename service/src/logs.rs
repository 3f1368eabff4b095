//! Logs: a JSON object a line.

use std::{
    io::{self, Write},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tracing::{Instrument, Span, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::traces::{self, SpanLayer};

/// Logs to `writer` from `level` on; what libraries say only from `warn` on, unless everything is asked for. Spans
/// go to `spans`.
pub fn start(
    level: LevelFilter,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
    spans: Option<SpanLayer>,
) {
    // Fails when there is a subscriber already, which then is the one that somebody wants.
    match spans {
        Some(spans) => {
            tracing_subscriber::registry().with(spans).with(lines(level, writer)).try_init().ok()
        }
        None => tracing_subscriber::registry().with(lines(level, writer)).try_init().ok(),
    };
}

fn lines<S: Subscriber + for<'s> LookupSpan<'s>>(
    level: LevelFilter,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> impl Layer<S> {
    let others = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    let targets = Targets::new()
        .with_default(others)
        .with_target("rag_service", level)
        .with_target("rag-service", level)
        // Spans for a collector; without one they must cost nothing.
        .with_target(traces::TARGET, LevelFilter::OFF);
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        // A line that cannot be written, as on a full disk, is lost. To say so on stderr would panic on the same disk.
        .log_internal_errors(false)
        .with_writer(writer)
        .with_filter(targets)
}

/// The invocation that lines are of, on AWS Lambda: it has one at a time. All clones are one.
#[derive(Clone, Debug, Default)]
pub struct InvocationId(Arc<RwLock<Option<Arc<str>>>>);

impl InvocationId {
    /// Lines from now on are of the invocation `id`, or of none.
    pub fn set(&self, id: Option<&str>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = id.map(Arc::from);
    }

    fn get(&self) -> Option<Arc<str>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Standard output, where each line has the id of the invocation.
///
/// It is `requestId`, which is what Lambda itself calls it. Lines of work that belongs to no request have it, too.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
pub struct InvocationLines(pub InvocationId);

impl MakeWriter<'_> for InvocationLines {
    type Writer = InvocationLine;

    fn make_writer(&self) -> InvocationLine {
        InvocationLine(self.0.get())
    }
}

/// One line, which comes in one piece.
pub struct InvocationLine(Option<Arc<str>>);

impl Write for InvocationLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut out = io::stdout().lock();
        match (&self.0, line.strip_suffix(b"}\n")) {
            (Some(id), Some(head)) => {
                let id = serde_json::Value::from(&**id);
                let with_id = [head, format!(",\"requestId\":{id}}}\n").as_bytes()].concat();
                out.write_all(&with_id)?;
            }
            _ => out.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

tokio::task_local! {
    static REQUEST: Span;
}

/// Does the work of a request whose lines carry `span`. It travels with the task: the span that is entered last may be
/// one that logs do not know.
pub(crate) async fn of_request<F: Future>(span: Span, work: F) -> F::Output {
    REQUEST.scope(span.clone(), work.instrument(span)).await
}

/// The span of the request that this task works for; none where it works for nobody.
pub(crate) fn request() -> Span {
    REQUEST.try_with(Clone::clone).unwrap_or_else(|_| Span::none())
}

/// Whole milliseconds, as a number that a log line can hold.
pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
