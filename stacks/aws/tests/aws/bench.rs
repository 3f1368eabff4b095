//! What `ragctl bench cold-start` asks of ECS.

use std::{collections::BTreeSet, time::Duration};

use ragctl_aws::{AwsBackend, TaskStart};

use crate::support::{Home, MINIMAL};

/// The stack's only task, once it runs and is not `but`.
async fn running(backend: &AwsBackend, but: &BTreeSet<String>) -> TaskStart {
    for _ in 0..1000 {
        let tasks = backend.task_starts().await.unwrap();
        let new = tasks.into_iter().find(|it| !but.contains(&it.id) && it.runs.is_some());
        if let Some(task) = new {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("no task came to run");
}

#[tokio::test]
async fn tasks_are_replaced_by_new_ones_that_tell_when_they_reached_what() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    let backend = home.backend(MINIMAL).await;
    let old = running(&backend, &BTreeSet::new()).await;
    backend.replace_tasks().await.unwrap();
    let new = running(&backend, &[old.id.clone()].into()).await;
    let moments = [Some(new.made), new.pulls, new.pulled, new.runs];
    assert!(moments.iter().all(Option::is_some), "{new:?}");
    assert!(moments.is_sorted(), "{new:?}");
    assert!(old.made <= new.made);
    home.destroy(MINIMAL).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn where_nothing_is_deployed_there_is_no_task() {
    let home = Home::new().await;
    assert_eq!(home.backend(MINIMAL).await.task_starts().await.unwrap(), Vec::new());
}
