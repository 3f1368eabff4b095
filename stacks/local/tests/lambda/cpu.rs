//! CPU by memory. Bounds are loose: this machine may be busy with other things.

use std::time::Duration;

use ragctl_local::lambda::{CpuLimit, Function, Limiter};
use serde_json::json;

use crate::support::{payload, stand_in};

/// What a function uses of a processor.
const CPU_MS: u32 = 200;

/// How much longer than the time that it used a function takes that has a quarter of a processor. By what it used and not by what
/// it takes elsewhere: others who take the processor make it longer, and never shorter.
async fn takes_about_four_times_what_it_uses(cpu: CpuLimit) -> Option<Limiter> {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    (settings.memory_mb, settings.cpu) = (442, cpu);
    let function = Function::new(settings);
    function.invoke("{}").await.unwrap();
    let ended = function.invoke(json!({ "cpu_ms": CPU_MS }).to_string()).await.unwrap();
    let ratio = payload(&ended)["busy_ms"].as_f64().unwrap() / f64::from(CPU_MS);
    // What was saved up of a period comes first, and a look that comes late lets it have some more.
    assert!((2.5..=30.0).contains(&ratio), "{ratio} {:?}", function.limiter());
    let limiter = function.limiter();
    drop(function);
    let left = std::fs::read_dir("/sys/fs/cgroup/cpu").into_iter().flatten().flatten();
    let ours = format!("ragctl-lambda-{}-", std::process::id());
    let left = left.filter(|it| it.file_name().to_string_lossy().starts_with(&ours)).count();
    // Those of the tests beside this one are still there.
    assert!(left <= 2, "{left} control groups are left");
    limiter
}

#[tokio::test]
async fn work_takes_longer_with_less_memory() {
    let limiter = takes_about_four_times_what_it_uses(CpuLimit::ByMemory).await;
    assert!(matches!(limiter, Some(Limiter::Cgroup | Limiter::Signals)));
}

#[tokio::test]
async fn so_it_does_where_signals_are_the_only_means() {
    let limiter = takes_about_four_times_what_it_uses(CpuLimit::ByMemoryWithSignals).await;
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
