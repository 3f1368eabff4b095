//! Tasks that stopped, and why: in ECS's words, with exit codes, the same reasons together, and what they logged last.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{DesiredStatus, Task, TaskStopCode};
use ragctl_stacks::address::{Address, Kind};

use super::Rollout;
use crate::{aws::Aws, names::CONTAINER};

/// How many of a task's last lines are shown.
const LINES: i32 = 20;

/// A task that stopped though it should run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoppedTask {
    pub(crate) id: String,
    /// ECS's words.
    pub(crate) reason: String,
    /// Each container: its name, its exit code, and ECS's words on it.
    pub(crate) containers: Vec<(String, Option<i32>, Option<String>)>,
    /// Seconds since 1970.
    pub(crate) stopped_at: i64,
}

impl StoppedTask {
    /// A task that stopped by itself or failed a check; `None` for one that was told to stop.
    pub(crate) fn of(task: &Task) -> Option<Self> {
        let was_told = matches!(
            task.stop_code(),
            Some(TaskStopCode::UserInitiated | TaskStopCode::ServiceSchedulerInitiated)
        );
        let reason = task.stopped_reason().unwrap_or_default();
        // A task that fails its checks is stopped by the scheduler too, but says so.
        if was_told && !reason.contains("health checks") {
            return None;
        }
        if task.stopped_at().is_none() && reason.is_empty() {
            return None;
        }
        let containers = task.containers().iter().map(|it| {
            let name = it.name().unwrap_or_default().to_owned();
            (name, it.exit_code(), it.reason().map(ToOwned::to_owned))
        });
        Some(Self {
            id: task.task_arn().and_then(|it| it.rsplit('/').next()).unwrap_or_default().to_owned(),
            reason: reason.to_owned(),
            containers: containers.collect(),
            stopped_at: task.stopped_at().map(|it| it.secs()).unwrap_or_default(),
        })
    }

    /// The exit code of the service's container.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        self.containers.iter().find_map(|(_, code, _)| *code)
    }

    /// Why it stopped, in one line.
    pub(crate) fn why(&self) -> String {
        let reason = if self.reason.is_empty() { "stopped" } else { &self.reason };
        let mut parts = vec![reason.to_owned()];
        for (_, code, said) in &self.containers {
            parts.extend(code.map(|code| match code {
                137 => "exit code 137, killed from outside, often for memory".to_owned(),
                143 => "exit code 143, told to stop".to_owned(),
                code => format!("exit code {code}"),
            }));
            // Often the container has the task's words again.
            parts.extend(said.clone().filter(|said| *said != self.reason));
        }
        parts.join(", ")
    }
}

/// The reasons, most frequent first, each with how many tasks have it.
pub(crate) fn grouped(tasks: &[StoppedTask]) -> Vec<String> {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for task in tasks {
        *groups.entry(task.why()).or_default() += 1;
    }
    let mut groups: Vec<(String, usize)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let told = |(why, count): (String, usize)| match count {
        1 => format!("1 task stopped: {why}"),
        count => format!("{count} tasks stopped: {why}"),
    };
    groups.into_iter().map(told).collect()
}

/// The last lines of a task's own log; none when it has none.
pub(crate) async fn log(aws: &Aws, task: &StoppedTask) -> Vec<String> {
    log_of(aws, &task.id).await
}

/// The last lines of a task that runs and never gets healthy.
pub(crate) async fn log_of_running(aws: &Aws, rollout: &Rollout) -> Vec<String> {
    let called = aws.names.of(&rollout.address);
    let asked = aws.clients.ecs.list_tasks().cluster(&called).started_by(&rollout.deployment);
    let found = asked.desired_status(DesiredStatus::Running).send().await;
    let arn = found.ok().and_then(|it| it.task_arns.unwrap_or_default().into_iter().next());
    match arn.as_deref().and_then(|it| it.rsplit('/').next()) {
        Some(id) => log_of(aws, id).await,
        None => Vec::new(),
    }
}

/// Logs only explain a failure: where they cannot be read, the failure is told without.
async fn log_of(aws: &Aws, id: &str) -> Vec<String> {
    let group = aws.names.of(&Address::app(Kind::LogGroup));
    let asked = aws.clients.logs.get_log_events().log_group_name(group);
    let asked = asked.log_stream_name(stream(id)).limit(LINES).start_from_head(false).send();
    let found = asked.await.ok().and_then(|it| it.events).unwrap_or_default();
    found.into_iter().filter_map(|it| it.message).map(|it| it.trim_end().to_owned()).collect()
}

/// The stream that a task's container logs to.
pub(crate) fn stream(task: &str) -> String {
    format!("task/{CONTAINER}/{task}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(reason: &str, code: Option<i32>, said: Option<&str>) -> StoppedTask {
        StoppedTask {
            id: "t".to_owned(),
            reason: reason.to_owned(),
            containers: vec![(CONTAINER.to_owned(), code, said.map(ToOwned::to_owned))],
            stopped_at: 0,
        }
    }

    #[test]
    fn what_ecs_says_twice_is_told_once() {
        let unpulled = task("CannotPullContainerError", None, Some("CannotPullContainerError"));
        assert_eq!(unpulled.why(), "CannotPullContainerError");
    }

    #[test]
    fn the_same_reasons_stand_together_the_most_frequent_first() {
        let crash = task("Essential container in task exited", Some(1), None);
        let oom = task("OutOfMemory", Some(137), Some("Container killed"));
        let told = grouped(&[oom, crash.clone(), crash]);
        assert_eq!(
            told,
            [
                "2 tasks stopped: Essential container in task exited, exit code 1",
                "1 task stopped: OutOfMemory, exit code 137, killed from outside, often for memory, Container killed",
            ]
        );
    }
}
