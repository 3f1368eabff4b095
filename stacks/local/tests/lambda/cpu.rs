//! CPU by memory. Bounds are loose: this machine may be busy with other things.

use std::time::Duration;

use ragctl_local::lambda::{CpuLimit, Function, Limiter};
use serde_json::json;

use crate::support::{payload, stand_in};

/// Milliseconds that a fixed amount of work takes.
async fn work_ms(memory_mb: u32, cpu: CpuLimit, rounds: u64) -> (f64, Option<Limiter>) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    (settings.memory_mb, settings.cpu) = (memory_mb, cpu);
    let function = Function::new(settings);
    function.invoke("{}").await.unwrap();
    let ended = function.invoke(json!({"busy": rounds}).to_string()).await.unwrap();
    (payload(&ended)["busy_ms"].as_f64().unwrap(), function.limiter())
}

/// Work that takes about 200 ms at full speed.
async fn rounds() -> u64 {
    let begin = 5_000_000;
    let (ms, limiter) = work_ms(1769, CpuLimit::None, begin).await;
    assert_eq!(limiter, Some(Limiter::None));
    begin * 200
        / u64::try_from(std::time::Duration::from_secs_f64(ms.max(1.0) / 1e3).as_millis()).unwrap()
}

async fn a_quarter_takes_about_four_times_as_long(cpu: CpuLimit) -> Option<Limiter> {
    let rounds = rounds().await;
    let (full, _) = work_ms(1769, CpuLimit::None, rounds).await;
    let (quarter, limiter) = work_ms(442, cpu, rounds).await;
    let ratio = quarter / full;
    // Who shares the machine may have taken half of it from either of the two.
    assert!((1.8..=12.0).contains(&ratio), "{full} ms, {quarter} ms, {limiter:?}");
    limiter
}

#[tokio::test]
async fn work_takes_longer_with_less_memory() {
    let limiter = a_quarter_takes_about_four_times_as_long(CpuLimit::ByMemory).await;
    assert!(matches!(limiter, Some(Limiter::Cgroup | Limiter::Signals)));
}

#[tokio::test]
async fn so_it_does_where_signals_are_the_only_means() {
    let limiter = a_quarter_takes_about_four_times_as_long(CpuLimit::ByMemoryWithSignals).await;
    assert_eq!(limiter, Some(Limiter::Signals));
}

#[tokio::test]
async fn waiting_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for cpu in [CpuLimit::ByMemory, CpuLimit::ByMemoryWithSignals] {
        let mut settings = stand_in(folder.path());
        (settings.memory_mb, settings.cpu) = (128, cpu);
        let function = Function::new(settings);
        function.invoke("{}").await.unwrap();
        let ended = function.invoke(json!({"sleep_ms": 1000}).to_string()).await.unwrap();
        let took = Duration::from_secs_f64(ended.report.record.metrics.duration_ms / 1e3);
        assert!(took < Duration::from_secs(3), "{took:?} {cpu:?}");
    }
}
