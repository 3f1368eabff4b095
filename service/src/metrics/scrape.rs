//! What `/metrics` answers: what was counted, and what is looked up when it is asked for.

use std::time::{Duration, SystemTime};

use ::metrics::gauge;
use tokio::time::timeout;

use super::{PROMETHEUS, names, priority_name, process, start};
use crate::{
    app::{App, Phases},
    pool::{BreakerState, Pool, Priority, State},
    ports::store::Counts,
};

/// How long the store may take to count.
const LONGEST_COUNT: Duration = Duration::from_millis(500);

/// All metrics, in Prometheus' text form.
pub async fn render(app: &App) -> String {
    start();
    gauge!(names::BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    for pool in [&**app.embedding, &*app.llm] {
        set_pool(pool);
    }
    set_phases(&app.phases());
    if let Ok(Ok(counts)) = timeout(LONGEST_COUNT, app.store.counts()).await {
        set_documents(counts);
    }
    set_process(app.uptime());
    PROMETHEUS.get().expect("it was started above").render()
}

fn set_pool(pool: &Pool) {
    let (name, facts) = (pool.name(), pool.facts());
    gauge!(names::POOL_READY, "pool" => name).set(f64::from(facts.state == State::Ready));
    gauge!(names::POOL_WORKERS, "pool" => name).set(number(facts.workers as u64));
    gauge!(names::POOL_BUSY, "pool" => name).set(number(facts.busy as u64));
    for priority in [Priority::Query, Priority::Ingest] {
        let queued = number(pool.queued(priority) as u64);
        gauge!(names::POOL_QUEUED, "pool" => name, "priority" => priority_name(priority))
            .set(queued);
    }
    let states = [
        (BreakerState::Closed, "closed"),
        (BreakerState::Open, "open"),
        (BreakerState::HalfOpen, "half_open"),
    ];
    for (state, word) in states {
        gauge!(names::BREAKER, "pool" => name, "state" => word)
            .set(f64::from(facts.breaker == state));
    }
}

fn set_phases(phases: &Phases) {
    let Phases { bind_ms, store_ms, embedding_ms, llm_ms, warm_ms } = *phases;
    let phases = [
        ("bind", bind_ms),
        ("store", store_ms),
        ("embedding", embedding_ms),
        ("llm", llm_ms),
        ("warm", warm_ms),
    ];
    for (phase, ms) in phases {
        if let Some(ms) = ms {
            gauge!(names::START_PHASE, "phase" => phase).set(ms / 1e3);
        }
    }
}

fn set_documents(Counts { pending, processing, processed, failed }: Counts) {
    let counts = [
        ("pending", pending),
        ("processing", processing),
        ("processed", processed),
        ("failed", failed),
    ];
    for (status, count) in counts {
        gauge!(names::DOCUMENTS, "status" => status).set(number(count));
    }
}

fn set_process(uptime: Duration) {
    let usage = process::usage();
    if let Some(bytes) = usage.memory_bytes {
        gauge!(names::MEMORY).set(number(bytes));
    }
    if let Some(files) = usage.open_files {
        gauge!(names::OPEN_FILES).set(number(files));
    }
    if let Some(seconds) = usage.cpu_s {
        gauge!(names::CPU).set(seconds);
    }
    let started = SystemTime::now().checked_sub(uptime);
    let since = started.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    if let Some(since) = since {
        gauge!(names::STARTED).set(since.as_secs_f64());
    }
}

/// Metrics are floating-point numbers, exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
