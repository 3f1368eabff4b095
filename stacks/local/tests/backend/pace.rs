//! What happens because time passes, at a time scale.

use std::time::Duration;

use ragctl_stacks::status::State;

use crate::support::{Home, Wanted, get, processes_of, until};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_idle_stack_falls_asleep_and_a_request_wakes_it() {
    let home = Home::at(900.0);
    let wanted = Wanted { idle: Some(15 * MINUTE), grace: 10 * MINUTE, ..Wanted::new() };
    home.deployed(&wanted).await;
    until("it sleeps", async || home.status().await.state == State::Asleep).await;
    until("only the supervisor is left", async || processes_of(&home.root()).len() == 1).await;
    let asked = (0..20).map(|_| get(wanted.port, "/"));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|it| it.as_ref().is_ok_and(|it| it.0 == 200)), "{answers:?}");
    let status = home.status().await;
    assert_eq!(
        (status.requests.unwrap().wakes, status.tasks.len()),
        (1, 1),
        "one task for all who asked"
    );
}

#[tokio::test]
async fn a_deploy_does_not_wake_a_sleeping_stack() {
    let home = Home::at(900.0);
    let wanted = Wanted { idle: Some(15 * MINUTE), grace: 10 * MINUTE, ..Wanted::new() };
    home.deployed(&wanted).await;
    until("it sleeps", async || home.status().await.state == State::Asleep).await;
    let wanted = wanted.with("VERSION", "2");
    home.deployed(&wanted).await;
    assert_eq!(home.status().await.state, State::Asleep);
    assert_eq!(get(wanted.port, "/").await.unwrap(), (200, "2".into()));
}

#[tokio::test]
async fn keep_alive_keeps_a_stack_awake() {
    let home = Home::at(900.0);
    let wanted = Wanted {
        idle: Some(15 * MINUTE),
        keepalive: Some("rate(5 minutes)"),
        grace: 10 * MINUTE,
        ..Wanted::new()
    };
    home.deployed(&wanted).await;
    until("nine pings have come", async || home.status().await.requests.unwrap().pings >= 9).await;
    let status = home.status().await;
    assert_eq!((status.state, status.requests.unwrap().wakes), (State::Running, 0));
    assert!(status.schedules[0].at.is_some());
}

#[tokio::test]
async fn requests_in_flight_add_tasks_and_the_bounds_hold() {
    let home = Home::at(600.0);
    let wanted = Wanted { in_flight: Some(2), tasks: (1, 3), grace: 10 * MINUTE, ..Wanted::new() };
    home.deployed(&wanted).await;
    let load = tokio::spawn(async move {
        futures_util::future::join_all((0..16).map(async |_| {
            for _ in 0..100 {
                drop(get(wanted.port, "/slow?200").await);
            }
        }))
        .await
    });
    until("three tasks are healthy", async || home.healthy().await.len() == 3).await;
    load.abort();
    assert_eq!(home.status().await.scaling.unwrap().desired, 3);
    until("one task is left", async || home.healthy().await.len() == 1).await;
}
