//! Logs: a JSON object a line, on stdout.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Logs from `level` on; what libraries say only from `warn` on, unless everything is asked for.
pub fn start(level: LevelFilter) {
    let others = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    let targets = Targets::new()
        .with_default(others)
        .with_target("rag_service", level)
        .with_target("rag-service", level);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_writer(io::stdout)
        .with_filter(targets);
    // Fails when there is a subscriber already, which then is the one that somebody wants.
    tracing_subscriber::registry().with(lines).try_init().ok();
}
