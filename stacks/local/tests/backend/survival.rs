//! What is killed comes back, and nothing is left behind.

use std::{fs, process::Command};

use ragctl_local::Healed;
use ragctl_stacks::{backend::Backend, status::State};
use rustix::process::Signal;

use crate::support::{Home, Wanted, example, get, is_alive, processes_of, signal, until};

async fn killed(pid: u32) {
    signal(pid, Signal::KILL);
    until("it is dead", async || !is_alive(pid)).await;
}

#[tokio::test]
async fn tasks_outlive_a_killed_supervisor_and_are_taken_over() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    let (supervisor, task) = (home.supervisor(), home.healthy().await[0].pid.unwrap());
    killed(supervisor).await;
    assert!(is_alive(task));
    assert_eq!(home.status().await.state, State::Unsupervised);
    assert_eq!(home.backend().heal().await.unwrap(), Healed::Restarted);
    assert_ne!(home.supervisor(), supervisor);
    until("the task is found healthy", async || home.healthy().await.len() == 1).await;
    assert_eq!(home.healthy().await[0].pid, Some(task));
    assert_eq!(get(wanted.port, "/").await.unwrap().0, 200);
    killed(task).await;
    until("another task takes its place", async || {
        home.healthy().await.first().is_some_and(|it| it.pid != Some(task))
    })
    .await;
    home.destroyed().await;
    assert_eq!(processes_of(&home.root()), [0; 0]);
}

#[tokio::test]
async fn a_deploy_finds_the_supervisor_killed_and_starts_another() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    killed(home.supervisor()).await;
    let wanted = wanted.with("VERSION", "2");
    home.deployed(&wanted).await;
    assert_eq!(get(wanted.port, "/").await.unwrap(), (200, "2".into()));
    until("one task is left", async || processes_of(&home.root()).len() == 2).await;
}

#[tokio::test]
async fn a_killed_task_is_replaced() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    let task = home.healthy().await.remove(0);
    killed(task.pid.unwrap()).await;
    until("another task is healthy", async || {
        home.healthy().await.first().is_some_and(|it| it.id != task.id)
    })
    .await;
    assert_eq!(get(wanted.port, "/").await.unwrap().0, 200);
}

#[tokio::test]
async fn orphans_that_the_record_does_not_know_are_ended() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    let task = home.healthy().await[0].pid.unwrap();
    killed(home.supervisor()).await;
    let mut record = home.record();
    record["tasks"] = serde_json::json!([]);
    fs::write(home.root().join("record.json"), record.to_string()).unwrap();
    home.backend().heal().await.unwrap();
    until("a task of its own is healthy", async || home.healthy().await.len() == 1).await;
    assert!(!is_alive(task));
    assert_eq!(processes_of(&home.root()).len(), 2);
}

#[tokio::test]
async fn a_supervisor_that_is_told_to_end_stops_its_tasks_and_comes_back_with_new_ones() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    signal(home.supervisor(), Signal::TERM);
    until("all have ended", async || processes_of(&home.root()).is_empty()).await;
    assert_eq!(home.status().await.state, State::Unsupervised);
    home.backend().heal().await.unwrap();
    until("a task is healthy", async || home.healthy().await.len() == 1).await;
    assert_eq!(get(wanted.port, "/").await.unwrap().0, 200);
}

#[tokio::test]
async fn a_command_that_finds_the_supervisor_ending_waits_for_the_next_one() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    let ending = home.supervisor();
    let answer = tokio::spawn(get(wanted.port, "/slow?1500"));
    until("it is being answered", async || home.healthy().await[0].in_flight == Some(1)).await;
    signal(ending, Signal::TERM);
    until("it ends", async || home.supervisor_log().contains("was told to end")).await;
    assert!(is_alive(ending));
    assert_eq!(home.backend().heal().await.unwrap(), Healed::Restarted);
    assert_ne!(home.supervisor(), ending);
    assert_eq!(answer.await.unwrap().unwrap().0, 200, "what was in flight is answered");
    until("a task is healthy", async || home.healthy().await.len() == 1).await;
    assert_eq!(get(wanted.port, "/").await.unwrap().0, 200);
    home.destroyed().await;
}

#[tokio::test]
async fn of_many_supervisors_that_start_at_once_one_stays() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    killed(home.supervisor()).await;
    let backends: Vec<_> = (0..4).map(|_| home.backend()).collect();
    let healed = futures_util::future::join_all(backends.iter().map(|it| it.heal())).await;
    assert!(healed.iter().all(Result::is_ok), "{healed:?}");
    until("one supervisor and one task are left", async || processes_of(&home.root()).len() == 2)
        .await;
    let late = Command::new(example("supervisor")).arg(home.root()).output().unwrap();
    assert!(late.status.success() && is_alive(home.supervisor()));
}

#[tokio::test]
async fn steps_of_two_commands_at_once_share_one_supervisor() {
    let home = Home::new();
    let wanted = Wanted::new().desired();
    let (one, two) = tokio::join!(home.deploy(&wanted), home.deploy(&wanted));
    assert!(one.0.is_complete() && two.0.is_complete(), "{:?} {:?}", one.0.failed, two.0.failed);
    assert_eq!(processes_of(&home.root()).len(), 2);
}

#[tokio::test]
async fn a_command_killed_in_the_middle_of_a_rollout_leaves_a_stack_that_gets_there() {
    let home = Home::new();
    let wanted = Wanted::new().with("SLOW_START_MS", "1000");
    let desired = wanted.desired();
    let started = until("a task has been started", async || {
        home.backend().status().await.unwrap().is_some_and(|it| it.tasks.len() == 1)
    });
    tokio::select! {
        _ = home.deploy(&desired) => panic!("it was still rolling out"),
        () = started => {}
    }
    let (outcome, _) = home.deploy(&desired).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert_eq!(home.healthy().await.len(), 1);
    assert_eq!(processes_of(&home.root()).len(), 2);
}

#[tokio::test]
async fn a_supervisor_whose_folder_is_removed_stops_its_tasks() {
    let home = Home::new();
    home.deployed(&Wanted::new()).await;
    let processes = processes_of(&home.root());
    fs::remove_dir_all(home.root()).unwrap();
    until("all have ended", async || !processes.iter().any(|it| is_alive(*it))).await;
    assert!(home.backend().live().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rollout_is_finished_though_the_supervisor_is_killed_in_the_middle() {
    let home = Home::new();
    let wanted = Wanted::new().with("VERSION", "1");
    home.deployed(&wanted).await;
    let new = Wanted { port: wanted.port, ..Wanted::new() };
    let new = new.with("VERSION", "2").with("SLOW_START_MS", "700").desired();
    let old = home.supervisor();
    let ((outcome, _), ()) = tokio::join!(home.deploy(&new), async {
        until("a new task is started", async || home.status().await.tasks.len() == 2).await;
        killed(old).await;
    });
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert_eq!(get(wanted.port, "/").await.unwrap(), (200, "2".into()));
    until("one task is left", async || processes_of(&home.root()).len() == 2).await;
}

#[tokio::test]
async fn a_record_that_is_moved_away_is_written_again() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    fs::remove_file(home.root().join("record.json")).unwrap();
    until("it is there again", async || home.root().join("record.json").exists()).await;
    home.deployed(&wanted).await;
    assert_eq!(processes_of(&home.root()).len(), 2);
}
