//! New revisions: those that get healthy, and those that do not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use ragctl_local::logs;
use ragctl_stacks::{
    apply::Outcome,
    backend::{Backend, BackendError},
    desired::Desired,
    event::Event,
    plan::plan,
    resource::Digest,
    status::RolloutState,
};

use crate::support::{Home, Wanted, get, processes_of, until};

/// The one step that failed.
fn failure(outcome: Outcome) -> BackendError {
    let mut failed = outcome.failed;
    assert_eq!(failed.len(), 1, "{failed:?}");
    failed.remove(0).source
}

/// Asks all the time, and counts what was not answered with 200.
fn client(port: u16) -> (Arc<AtomicBool>, tokio::task::JoinHandle<(u32, Vec<String>)>) {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let asks = tokio::spawn(async move {
        let (count, mut failed) = (AtomicU32::new(0), Vec::new());
        while !stopped.load(Ordering::Relaxed) {
            match get(port, "/").await {
                Ok((200, _)) => drop(count.fetch_add(1, Ordering::Relaxed)),
                other => failed.push(format!("{other:?}")),
            }
        }
        (count.into_inner(), failed)
    });
    (stop, asks)
}

#[tokio::test]
async fn a_new_revision_takes_over_without_a_failed_request() {
    let home = Home::new();
    let wanted = Wanted { tasks: (2, 2), ..Wanted::new() }.with("VERSION", "1");
    home.deployed(&wanted).await;
    let (stop, asks) = client(wanted.port);
    let wanted = wanted.with("VERSION", "2");
    home.deployed(&wanted).await;
    assert_eq!(get(wanted.port, "/").await.unwrap().1, "2");
    stop.store(true, Ordering::Relaxed);
    let (count, failed) = asks.await.unwrap();
    assert!(count > 0 && failed.is_empty(), "{count} answered, failed: {failed:?}");
    until("only new tasks are left", async || processes_of(&home.root()).len() == 3).await;
}

#[tokio::test]
async fn a_revision_that_never_gets_healthy_is_rolled_back_while_the_old_one_serves() {
    let home = Home::new();
    let old = Wanted { grace: Duration::from_secs(10), ..Wanted::new() }.with("VERSION", "old");
    home.deployed(&old).await;
    let task = home.healthy().await[0].pid;
    let (stop, asks) = client(old.port);
    let new = old.clone().with("NEVER_HEALTHY", "1");
    let (outcome, events) = home.deploy(&new.desired()).await;
    stop.store(true, Ordering::Relaxed);
    let BackendError::RolledBack { revision, reason, back_to, log, .. } = failure(outcome) else {
        panic!("it was rolled back");
    };
    assert_eq!((revision, back_to), (new.service().revision, Some(old.service().revision)));
    assert!(reason.starts_with("3 tasks failed") && reason.contains("health checks"), "{reason}");
    assert!(log.iter().any(|it| it.starts_with("started")), "{log:?}");
    let stopped = |it: &Event| matches!(it, Event::TaskStopped { exit_code: None, .. });
    assert_eq!(events.iter().filter(|it| stopped(it)).count(), 3);
    let (count, failed) = asks.await.unwrap();
    assert!(count > 0 && failed.is_empty(), "{count} answered, failed: {failed:?}");
    assert_eq!(home.healthy().await[0].pid, task, "the old task was never touched");
    let status = home.status().await;
    assert_eq!(status.rollout.unwrap().state, RolloutState::RolledBack);
    until("no new task is left", async || processes_of(&home.root()).len() == 2).await;

    let desired = new.desired();
    let live = home.backend().live().await.unwrap();
    let next = plan(&desired, &live).unwrap();
    let addresses: Vec<_> = next.steps.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(addresses, ["service/app"], "the next plan shows that it is unfinished");
}

#[tokio::test]
async fn a_first_revision_that_ends_at_its_start_leaves_its_log_and_no_task() {
    let home = Home::new();
    let wanted = Wanted::new().with("EXIT_AT_START", "3");
    let (outcome, events) = home.deploy(&wanted.desired()).await;
    let skipped = outcome.skipped.len();
    let BackendError::RolledBack { back_to: None, reason, log, .. } = failure(outcome) else {
        panic!("nothing to go back to");
    };
    assert!(reason.contains("exit status: 3"), "{reason}");
    assert_eq!((log.last().map(String::as_str), skipped), (Some("ending with 3"), 1));
    assert!(events.iter().any(|it| matches!(it, Event::TaskStopped { exit_code: Some(3), .. })));
    until("the supervisor alone is left", async || processes_of(&home.root()).len() == 1).await;
    assert!(!logs::tail(&home.root(), &logs::Of::Tasks, 10).unwrap().is_empty());
    home.deployed(&Wanted { port: wanted.port, ..Wanted::new() }).await;
    home.destroyed().await;
    assert!(!home.root().exists());
}

#[tokio::test]
async fn without_a_circuit_breaker_a_rollout_fails_at_its_limit_and_says_what_serves() {
    let home = Home::new();
    let old = Wanted { breaker: false, grace: Duration::from_secs(6000), ..Wanted::new() };
    home.deployed(&old).await;
    let new = old.clone().with("NEVER_HEALTHY", "1");
    let mut service = new.service();
    service.timeout = Duration::from_secs(1);
    let resources = new.desired().iter().map(|it| it.1.clone()).collect::<Vec<_>>();
    let resources = resources.into_iter().filter(|it| it.address() != service_address());
    let desired = Desired::new(crate::support::scope(), resources.chain([service.into()]));
    let (outcome, _) = home.deploy(&desired).await;
    let BackendError::RolledBack { reason, back_to, .. } = failure(outcome) else {
        panic!("failed")
    };
    assert!(reason.contains("within 1s"), "{reason}");
    assert_eq!(back_to, Some(old.service().revision));
    assert_eq!(get(old.port, "/").await.unwrap().0, 200);
}

fn service_address() -> ragctl_stacks::address::Address {
    ragctl_stacks::address::Address::app(ragctl_stacks::address::Kind::Service)
}

#[tokio::test]
async fn a_task_that_is_drained_finishes_what_it_answers() {
    let home = Home::new();
    let wanted = Wanted::new().with("VERSION", "1");
    home.deployed(&wanted).await;
    let slow = tokio::spawn(async move { get(wanted.port, "/slow?1500").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    home.deployed(&Wanted { port: wanted.port, ..Wanted::new() }.with("VERSION", "2")).await;
    assert_eq!(slow.await.unwrap().unwrap(), (200, "slow".into()));
}

#[tokio::test]
async fn a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout() {
    let home = Home::new();
    let wanted = Wanted { stop_timeout: Duration::from_secs(1), ..Wanted::new() };
    home.deployed(&wanted.with("IGNORE_TERM", "1")).await;
    let started = Instant::now();
    home.destroyed().await;
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(processes_of(&home.root()), [0; 0]);
}

#[tokio::test]
async fn a_revision_runs_what_it_was_made_from_though_its_program_has_changed() {
    let home = Home::new();
    let program = home.root().parent().unwrap().parent().unwrap().join("program");
    std::fs::copy(crate::support::example("stand_in"), &program).unwrap();
    let mut definition = Wanted::new().definition();
    definition.program = ragctl_stacks::resource::Program::Binary {
        path: program.display().to_string(),
        version: "1".into(),
    };
    let wanted = Wanted::new();
    let mut service = wanted.service();
    service.revision = Digest::of(&definition);
    let desired = wanted.desired();
    let others = desired.iter().map(|it| it.1.clone()).filter(|it| {
        ![service_address().kind, ragctl_stacks::address::Kind::TaskDefinition]
            .contains(&it.address().kind)
    });
    let resources: Vec<_> = others.chain([definition.into(), service.into()]).collect();
    let (outcome, _) = home.deploy(&Desired::new(crate::support::scope(), resources)).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    std::fs::write(&program, "#!/bin/false\n").unwrap();
    let task = home.healthy().await.remove(0);
    crate::support::signal(task.pid.unwrap(), rustix::process::Signal::KILL);
    until("another task is healthy", async || {
        home.healthy().await.first().is_some_and(|it| it.id != task.id)
    })
    .await;
}

#[tokio::test]
async fn a_rollout_that_can_neither_start_nor_stop_a_task_is_refused_at_once() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    let new = wanted.with("VERSION", "2");
    let mut service = new.service();
    service.maximum_percent = 100;
    let resources = new.desired().iter().map(|it| it.1.clone()).collect::<Vec<_>>();
    let resources = resources.into_iter().filter(|it| it.address() != service_address());
    let desired = Desired::new(crate::support::scope(), resources.chain([service.into()]));
    let (outcome, _) = home.deploy(&desired).await;
    let BackendError::Refused { reason, .. } = failure(outcome) else { panic!("it was refused") };
    assert!(reason.starts_with("with 100 to 100 % of 1 tasks"), "{reason}");
}
