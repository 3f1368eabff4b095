//! New revisions: those that get healthy, and those that do not.

use ragctl_stacks::{
    backend::{Backend, BackendError},
    event::Event,
};

use crate::support::{Deployed, Home, MINIMAL};

fn with_image(tag: &str) -> String {
    MINIMAL.replace(":good", &format!(":{tag}"))
}

/// The rollout must have failed.
#[track_caller]
fn failure(deployed: Deployed) -> (BackendError, Vec<Event>) {
    let mut failed = deployed.outcome.failed;
    assert_eq!(failed.len(), 1, "{failed:#?}");
    (failed.remove(0).source, deployed.events)
}

#[tokio::test]
async fn a_revision_that_crashes_is_rolled_back_with_reason_log_and_evidence() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    home.cloud
        .with(|account| account.region("eu-west-1").say("crash", &["reading settings", "no key"]));
    let (error, events) = failure(home.deploy(&with_image("crash")).await);
    let BackendError::RolledBack { reason, back_to, log, evidence, .. } = error else {
        panic!("{error:?}")
    };
    let says = ["circuit breaker", "rolled it back"].iter().any(|it| reason.contains(it));
    assert!(says, "{reason}");
    assert!(reason.contains("Essential container in task exited, exit code 1"), "{reason}");
    assert_eq!(log, ["reading settings", "no key"]);
    assert!(back_to.is_some());
    let folder = *evidence.unwrap();
    assert!(std::fs::read_to_string(folder.join("rollout.json")).unwrap().contains("exit_code"));
    assert!(events.iter().any(|it| matches!(it, Event::TaskStopped { exit_code: Some(1), .. })));
    // The next plan sees that the file still wants what failed.
    assert!(!home.plan(&with_image("crash")).await.is_empty());
    // The file of before is what runs again, whatever was registered meanwhile.
    assert!(home.plan(MINIMAL).await.is_empty());
    home.deploy(&with_image("better")).await.well();
    assert!(home.plan(&with_image("better")).await.is_empty());
}

#[tokio::test]
async fn every_way_to_fail_says_its_reason() {
    for (tag, words) in [
        ("nopull", "CannotPullContainerError"),
        ("sick", "failed ELB health checks"),
        ("unhealthy", "failed container health checks"),
        ("oom", "exit code 137"),
    ] {
        let home = Home::new().await;
        home.deploy(MINIMAL).await.well();
        let (error, _) = failure(home.deploy(&with_image(tag)).await);
        let BackendError::RolledBack { reason, back_to, .. } = error else { panic!("{error:?}") };
        assert!(reason.contains(words), "{tag}: {reason}");
        assert!(back_to.is_some(), "{tag}");
    }
}

#[tokio::test]
async fn a_first_deployment_that_fails_leaves_no_task_running_and_can_be_mended() {
    let home = Home::new().await;
    let (error, _) = failure(home.deploy(&with_image("crash")).await);
    assert!(matches!(error, BackendError::RolledBack { back_to: None, .. }), "{error:?}");
    let status = home.backend(MINIMAL).await.status().await.unwrap().unwrap();
    assert_eq!(status.tasks, []);
    home.deploy(MINIMAL).await.well();
    assert!(home.plan(MINIMAL).await.is_empty());
}

#[tokio::test]
async fn one_deployment_sends_one_update() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    home.cloud.clear_calls();
    let text = format!(
        "{}network: {{public_ip: false}}\ndeployment: {{health_check_grace_period: 60s}}\n",
        with_image("other")
    );
    home.deploy(&text).await.well();
    // One that ECS refused, since it did not see a role yet, has changed nothing.
    let calls = home.cloud.calls();
    let updates = calls.iter().filter(|it| it.action == "UpdateService" && it.error.is_none());
    assert_eq!(updates.count(), 1);
}
