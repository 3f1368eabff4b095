//! From nothing to a running stack, and back to nothing.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use ragctl_local::{Healed, logs};
use ragctl_stacks::{
    backend::Backend,
    contract,
    event::Event,
    status::{State, TaskState},
};

use crate::support::{Home, Wanted, get, processes_of, until};

#[tokio::test]
async fn the_contract_of_a_life_is_kept() {
    let home = Home::new();
    let first = Wanted::new();
    let second = Wanted { tasks: (2, 3), idle: Some(Duration::from_secs(900)), ..first.clone() };
    let second = second.with("VERSION", "2");
    contract::a_stack_lives_and_dies(&home.backend(), &first.desired(), &second.desired()).await;
}

#[tokio::test]
async fn the_contract_of_repeated_steps_is_kept() {
    let home = Home::new();
    contract::a_step_can_be_repeated(&home.backend(), &Wanted::new().desired()).await;
}

#[tokio::test]
async fn the_contract_of_leases_is_kept() {
    let home = Home::new();
    contract::a_lease_has_one_holder(&home.backend()).await;
    assert!(!home.root().exists(), "a lease that was given back leaves no folder");
}

#[tokio::test]
async fn a_deployed_stack_answers_and_says_how_it_does() {
    let home = Home::new();
    let wanted = Wanted::new().with("VERSION", "one");
    let (outcome, events) = home.deploy(&wanted.desired()).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert!(
        events.iter().any(|it| matches!(it, Event::Rollout { counts, .. } if counts.healthy == 1))
    );
    assert_eq!(get(wanted.port, "/").await.unwrap(), (200, "one".into()));
    let status = home.status().await;
    assert_eq!(status.state, State::Running);
    assert_eq!(status.endpoint, Some(format!("http://127.0.0.1:{}", wanted.port)));
    assert_eq!(status.endpoint, home.backend().endpoint().unwrap());
    assert_eq!(status.revision, Some(wanted.service().revision));
    let task = &status.tasks[0];
    assert_eq!((task.state, status.tasks.len()), (TaskState::Healthy, 1));
    assert!(task.healthy_after_ms.is_some() && task.memory_bytes > Some(0));
    assert_eq!(status.requests.unwrap().users, 1);
    assert_eq!(home.backend().heal().await.unwrap(), Healed::WasWell);
}

#[tokio::test]
async fn a_task_sees_its_settings_and_nothing_of_ours() {
    let home = Home::new();
    let wanted = Wanted::new().with("VERSION", "one");
    home.deployed(&wanted).await;
    let environment = get(wanted.port, "/environment").await.unwrap().1;
    let line =
        |name: &str| environment.lines().find_map(|it| it.strip_prefix(name)).map(str::to_owned);
    let data = std::fs::canonicalize(home.data()).unwrap().display().to_string();
    assert_eq!(line("DATA_DIR="), Some(data));
    assert_eq!(line("HOST="), Some("127.0.0.1".into()));
    assert_ne!(line("PORT="), Some("8000".into()));
    assert_eq!(line("CARGO_PKG_NAME="), None);
}

#[tokio::test]
async fn destroying_leaves_no_process_and_no_folder() {
    let home = Home::new();
    home.deployed(&Wanted { tasks: (2, 2), ..Wanted::new() }).await;
    until("two tasks are healthy", async || home.healthy().await.len() == 2).await;
    assert_eq!(processes_of(&home.root()).len(), 3);
    home.destroyed().await;
    assert_eq!(processes_of(&home.root()), [0; 0]);
    assert!(!home.root().exists() && !home.data().exists());
    assert_eq!(home.backend().status().await.unwrap(), None);
    assert_eq!(home.backend().heal().await.unwrap(), Healed::NothingThere);
}

#[tokio::test]
async fn two_stacks_run_side_by_side() {
    let (one, two) = (Home::new(), Home::new());
    let (first, second) = (Wanted::new().with("VERSION", "1"), Wanted::new().with("VERSION", "2"));
    tokio::join!(one.deployed(&first), two.deployed(&second));
    assert_eq!(get(first.port, "/").await.unwrap().1, "1");
    assert_eq!(get(second.port, "/").await.unwrap().1, "2");
    one.destroyed().await;
    assert_eq!(get(second.port, "/").await.unwrap().1, "2");
    assert_eq!(processes_of(&two.root()).len(), 2);
}

#[tokio::test]
async fn a_changed_port_moves_over_and_the_old_one_is_given_up() {
    let home = Home::new();
    let old = Wanted::new();
    home.deployed(&old).await;
    let task = home.healthy().await[0].pid;
    let new = Wanted::new();
    home.deployed(&new).await;
    assert_eq!(get(new.port, "/").await.unwrap().0, 200);
    until("the old port is free", async || get(old.port, "/").await.is_err()).await;
    assert_eq!(home.healthy().await[0].pid, task, "no task was touched");
}

#[tokio::test]
async fn what_tasks_print_can_be_read_and_followed() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    let task = home.healthy().await.remove(0).id;
    let lines = logs::tail(&home.root(), &logs::Of::Tasks, 10).unwrap();
    assert_eq!(
        (lines[0].source.as_str(), lines[0].text.as_str()),
        (&*task, &*format!("started {task}"))
    );
    assert!(!logs::tail(&home.root(), &logs::Of::Supervisor, 10).unwrap().is_empty());
    let mut follow = Box::pin(logs::follow(&home.root(), logs::Of::Task(task), logs::Start::Now));
    let next = tokio::spawn(async move { follow.next().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    home.deployed(&wanted.with("VERSION", "2")).await;
    assert_eq!(next.await.unwrap().unwrap().unwrap().text, "told to stop");
}

#[tokio::test]
async fn the_time_scale_changes_while_the_stack_runs() {
    let mut home = Home::new();
    let wanted = Wanted { idle: Some(Duration::from_secs(3600)), ..Wanted::new() };
    home.deployed(&wanted).await;
    let pid = home.healthy().await[0].pid;
    home.scale = 36_000.0;
    home.backend().set_time_scale().await.unwrap();
    assert_eq!(home.status().await.time_scale, 36_000.0);
    until("an hour has passed in 0.1 s", async || home.status().await.state == State::Asleep).await;
    home.scale = 60.0;
    home.backend().set_time_scale().await.unwrap();
    assert_eq!(get(wanted.port, "/").await.unwrap().0, 200);
    assert_ne!(home.healthy().await[0].pid, pid);
}

#[tokio::test]
async fn a_deploy_and_its_end_wait_for_no_interval_and_no_delay() {
    // Ten times slower than real: an interval of health checks takes 20 s, a deregistration delay 50 minutes.
    let home = Home::at(0.1);
    let started = Instant::now();
    home.deployed(&Wanted::new()).await;
    home.destroyed().await;
    assert!(started.elapsed() < Duration::from_secs(10), "took {:?}", started.elapsed());
}
