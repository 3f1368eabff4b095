//! The check that a task definition names, and secrets.

use std::{collections::BTreeMap, fs, path::Path};

use ragctl_stacks::{backend::BackendError, status::State};
use rustix::process::Signal;

use crate::support::{Home, Wanted, example, get, signal, until};

#[tokio::test]
async fn a_task_that_fails_its_own_check_is_replaced() {
    let home = Home::new();
    let command =
        vec!["CMD".into(), example("stand_in").display().to_string(), "healthcheck".into()];
    let well = Wanted { check: command, grace: std::time::Duration::ZERO, ..Wanted::new() };
    home.deployed(&well).await;
    let first = home.healthy().await.remove(0).id;
    let marker = home.root().join("fails");
    let line = format!("test ! -e {}", marker.display());
    home.deployed(&Wanted { check: vec!["CMD-SHELL".into(), line], ..well }).await;
    let second = home.healthy().await.remove(0).id;
    assert_ne!(first, second);
    fs::write(&marker, "").unwrap();
    until("it is found failing", async || {
        home.status().await.notes.iter().any(|it| it.contains("its own health check"))
    })
    .await;
    fs::remove_file(&marker).unwrap();
    until("another is healthy", async || {
        let healthy = home.healthy().await;
        healthy.len() == 1 && healthy[0].id != second
    })
    .await;
}

#[tokio::test]
async fn a_secret_reaches_its_task_and_no_file() {
    let home = Home::new();
    let secrets = BTreeMap::from([("API_KEY".into(), "env:KEY".into())]);
    let wanted = Wanted { secrets, ..Wanted::new() };
    home.deployed(&wanted).await;
    let environment = get(wanted.port, "/environment").await.unwrap().1;
    assert!(environment.contains("API_KEY=canary-8b1f"));
    assert!(!holds(&home.root(), b"canary-8b1f"));

    let task = home.healthy().await[0].pid;
    let old = home.supervisor();
    signal(old, Signal::KILL);
    until("it is dead", async || !crate::support::is_alive(old)).await;
    home.backend().heal().await.unwrap();
    until("the task is taken over", async || home.healthy().await.len() == 1).await;
    assert_eq!(home.healthy().await[0].pid, task);
}

#[tokio::test]
async fn a_new_supervisor_says_which_secret_it_lacks() {
    let home = Home::new();
    let secrets = BTreeMap::from([("API_KEY".into(), "env:KEY".into())]);
    home.deployed(&Wanted { secrets, ..Wanted::new() }).await;
    let (task, old) = (home.healthy().await[0].pid.unwrap(), home.supervisor());
    for pid in [old, task] {
        signal(pid, Signal::KILL);
        until("it is dead", async || !crate::support::is_alive(pid)).await;
    }
    let mut started = std::process::Command::new(example("supervisor"))
        .arg(home.root())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let told = std::cell::RefCell::new(None);
    until("it says so", async || {
        let status = home.status().await;
        let said = status.state == State::Unhealthy
            && status.notes.iter().any(|it| it.contains("`env:KEY` for API_KEY"));
        let now = (status.state, status.notes, status.tasks.len());
        if told.borrow().as_ref() != Some(&now) {
            // What it says instead, should it never say so.
            eprintln!("{now:?}");
            told.replace(Some(now));
        }
        said
    })
    .await;
    // A command that can look the secret up hands it over.
    home.backend().set_secrets().await.unwrap();
    until("a task is healthy", async || home.healthy().await.len() == 1).await;
    signal(started.id(), Signal::TERM);
    started.wait().unwrap();
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_is_named_before_anything_is_made() {
    let home = Home::new();
    let secrets = BTreeMap::from([("API_KEY".into(), "env:MISSING".into())]);
    let (outcome, _) = home.deploy(&Wanted { secrets, ..Wanted::new() }.desired()).await;
    let error = &outcome.failed[0].source;
    assert!(matches!(error, BackendError::SecretMissing { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the secret `env:MISSING` for API_KEY cannot be had: env:MISSING is not set"
    );
}

/// Whether a file in a folder has a text in it.
pub(crate) fn holds(folder: &Path, text: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|it| {
        let path = it.path();
        // The program is no file that ragctl writes values to, and large.
        if path.ends_with("programs") {
            false
        } else if path.is_dir() {
            holds(&path, text)
        } else {
            fs::read(&path).unwrap().windows(text.len()).any(|it| it == text)
        }
    })
}
