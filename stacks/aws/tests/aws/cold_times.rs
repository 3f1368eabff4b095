//! Times of a stack's starts are read, with pages, throttling and without a deployment.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use ragctl_aws::{ColdTimes, Reach};
use ragctl_cloud::Faults;
use ragctl_stacks::{bench::import::Import, budget::Phase};

use crate::{
    lambda::LAMBDA,
    support::{Home, MINIMAL},
};

const REGION: &str = "eu-west-1";

fn long_ago(tasks: usize) -> Reach {
    Reach { tasks, since: Timestamp::UNIX_EPOCH }
}

fn log(home: &Home, stream: &str, line: &str) {
    let planted =
        home.cloud.with(|it| it.region(REGION).plant_line("/ragctl/handbook", stream, line));
    assert!(planted, "there is a log group");
}

fn phases(found: &ColdTimes, memory: Option<u32>) -> Vec<(Phase, usize)> {
    let mut import = Import::default();
    import.take_tasks("handbook", &found.tasks);
    import.take_starts(&found.starts, 1000, memory);
    import.phases().into_iter().map(|it| (it.phase, it.samples)).collect()
}

const LISTENING: &str = r#"{"level": "INFO", "message": "listening", "bind_ms": 12.5}"#;

#[tokio::test]
async fn tasks_and_their_log_tell_the_phases_of_a_start() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    log(&home, "task/rag-api/1", LISTENING);
    log(&home, "task/rag-api/1", "{\"message\": \"answered\", \"bind_ms\": 1}");
    log(&home, "task/other/1", LISTENING);
    for pool in ["embedding", "llm"] {
        let line =
            format!(r#"{{"message": "pool is ready", "pool": "{pool}", "duration_ms": 1500}}"#);
        log(&home, "task/rag-api/1", &line);
    }
    let backend = home.backend(MINIMAL).await;
    home.cloud.clear_calls();
    home.cloud.set_faults(Faults { delay: Duration::from_millis(20), ..Faults::default() });
    let found = backend.cold_times(long_ago(50)).await.unwrap();
    assert_eq!(
        phases(&found, None),
        [Phase::Place, Phase::Pull, Phase::Start, Phase::Bind, Phase::Warm].map(|it| (it, 1))
    );
    assert!(!found.is_cut && home.cloud.calls().iter().all(|it| !it.mutating));
    assert!(home.cloud.traffic().most_at_once >= 2, "tasks and log are read side by side");
    let later = Reach { since: Timestamp::now() + 1.hour(), ..long_ago(50) };
    assert_eq!(backend.cold_times(later).await.unwrap(), ColdTimes::default());
}

#[tokio::test]
async fn all_pages_are_read_also_when_calls_are_refused_and_the_newest_count() {
    let home = Home::new().await;
    let many = format!("{MINIMAL}autoscaling: {{minimum: 120, maximum: 200}}\n");
    home.deploy(&many).await.well();
    for n in 0..150 {
        log(&home, &format!("task/rag-api/{n}"), LISTENING);
    }
    home.cloud.set_faults(Faults { throttle_rate: 0.3, seed: 3, ..Faults::default() });
    let backend = home.backend(&many).await;
    let all = backend.cold_times(long_ago(1000)).await.unwrap();
    assert!(all.tasks.len() >= 120, "{}", all.tasks.len());
    assert_eq!(all.starts.count(), 150);
    let newest = backend.cold_times(long_ago(7)).await.unwrap();
    assert_eq!(newest.tasks.len(), 7);
    let youngest = all.tasks.iter().filter_map(|it| it.created).max();
    assert_eq!(newest.tasks[0].created, youngest);
}

#[tokio::test]
async fn the_log_of_a_function_tells_its_inits() {
    let home = crate::lambda::home().await;
    home.deploy(LAMBDA).await.well();
    let report = |init: &str, memory: u32| {
        format!(
            r#"{{"type": "platform.report", "record": {{"metrics": {{"durationMs": 4.0{init}, "memorySizeMB": {memory}}}}}}}"#
        )
    };
    let init = ", \"initDurationMs\": 140.5";
    log(&home, "2026/11/27/[7]a", &report(init, 512));
    log(&home, "2026/11/27/[7]a", &report("", 512));
    log(&home, "2026/11/27/[6]b", &report(init, 128));
    let found = home.backend(LAMBDA).await.cold_times(long_ago(50)).await.unwrap();
    assert_eq!((found.tasks.len(), found.starts.count()), (0, 2));
    assert_eq!(phases(&found, Some(512)), [(Phase::Start, 1), (Phase::Bind, 1)]);
}

#[tokio::test]
async fn without_a_deployment_there_is_nothing() {
    let home = Home::new().await;
    for file in [MINIMAL, LAMBDA] {
        let found = home.backend(file).await.cold_times(long_ago(50)).await.unwrap();
        assert_eq!(found, ColdTimes::default());
    }
}
