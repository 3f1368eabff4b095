//! Logs: a JSON object a line.

use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Logs to `writer` from `level` on; what libraries say only from `warn` on, unless everything is asked for.
pub fn start(level: LevelFilter, writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static) {
    let others = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    let targets = Targets::new()
        .with_default(others)
        .with_target("rag_service", level)
        .with_target("rag-service", level);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        // A line that cannot be written, as on a full disk, is lost. To say so on stderr would panic on the same disk.
        .log_internal_errors(false)
        .with_writer(writer)
        .with_filter(targets);
    // Fails when there is a subscriber already, which then is the one that somebody wants.
    tracing_subscriber::registry().with(lines).try_init().ok();
}

/// Whole milliseconds, as a number that a log line can hold.
pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
