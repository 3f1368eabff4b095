//! What is known of a failed rollout, in a folder: rolling back removes tasks, and their logs may be gone with them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Rollout, look::Look, stopped};
use crate::aws::Aws;

/// How many tasks' logs are kept.
const LOGS: usize = 5;

/// Where it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    folder: PathBuf,
}

impl Evidence {
    /// In a folder of its own below this one.
    pub(crate) fn below(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Keeps what is known; `None` when it cannot be written, which must not hide the failure itself.
    pub(super) async fn keep(
        &self,
        aws: &Aws,
        rollout: &Rollout,
        look: &Look,
        reason: &str,
        log: &[String],
    ) -> Option<PathBuf> {
        let now = Timestamp::now();
        let time = now.strftime("%Y%m%dT%H%M%SZ");
        let folder = self.folder.join(format!("{}-{time}", aws.names.stack()));
        fs::create_dir_all(&folder).ok()?;
        let write = |name: &str, text: &str| fs::write(folder.join(name), text);
        let summary = summary(aws, rollout, look, reason, now);
        write("rollout.json", &(serde_json::to_string_pretty(&summary).ok()? + "\n")).ok()?;
        let events: Vec<&str> = look.events.iter().map(|(_, message)| message.as_str()).collect();
        write("events.txt", &lines(&events)).ok()?;
        let logs = self.logs(aws, look, log).await;
        let written: io::Result<()> =
            logs.iter().try_for_each(|(task, log)| write(&format!("log-{task}.txt"), &lines(log)));
        written.ok()?;
        Some(folder)
    }

    async fn logs(&self, aws: &Aws, look: &Look, log: &[String]) -> Vec<(String, Vec<String>)> {
        let mut logs = Vec::new();
        for task in look.stopped.iter().take(LOGS) {
            logs.push((task.id.clone(), stopped::log(aws, task).await));
        }
        if logs.is_empty() && !log.is_empty() {
            logs.push(("running".to_owned(), log.to_vec()));
        }
        logs
    }
}

fn lines<T: AsRef<str>>(all: &[T]) -> String {
    all.iter().map(|it| format!("{}\n", it.as_ref())).collect()
}

fn summary(aws: &Aws, rollout: &Rollout, look: &Look, reason: &str, now: Timestamp) -> Value {
    let tasks = look.stopped.iter().map(|task| {
        let containers = task
            .containers
            .iter()
            .map(|(name, code, said)| json!({ "name": name, "exit_code": code, "reason": said }));
        json!({
            "task": task.id,
            "reason": task.reason,
            "stopped_at_s": task.stopped_at,
            "containers": containers.collect::<Vec<_>>(),
        })
    });
    json!({
        "format": 1,
        "stack": aws.names.stack(),
        "region": aws.names.region(),
        "at": now.to_string(),
        "deployment": rollout.deployment,
        "revision": rollout.service.revision,
        "task_definition": look.ours.as_ref().map(|it| &it.task_definition),
        "previous_task_definition": rollout.previous,
        "reason": reason,
        "counts": look.counts,
        "stopped_tasks": tasks.collect::<Vec<_>>(),
    })
}
