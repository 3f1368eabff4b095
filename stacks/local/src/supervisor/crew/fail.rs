//! Tasks as they end and fail.

use std::collections::BTreeSet;

use ragctl_stacks::{
    event::Event,
    resource::{Digest, Resource},
    timing::backoff::Backoff,
};

use super::Gate;
use crate::{
    logs, process,
    record::TaskRecord,
    supervisor::{
        Exit,
        core::{Core, Mode},
        rollout::Failed,
    },
    task::{launch, log, program},
};

/// How many of a failed task's last lines are told.
const LINES_TOLD: usize = 20;

impl Core {
    /// A process has ended.
    pub(in crate::supervisor) fn ended(&mut self, id: &str, exit: &Exit) {
        let Some(running) = self.crew.remove(id) else { return };
        let Some(at) = self.record.tasks.iter().position(|it| it.id == id) else { return };
        let task = self.record.tasks.remove(at);
        self.unsaved = true;
        if let Some(front) = &self.front {
            front.deregister(id);
        }
        // What it has started ends with it.
        process::kill_group(task.pid);
        tracing::info!(task = id, how = exit.how, "a task has ended");
        if !running.is_leaving() && running.ails.is_none() && self.mode == Mode::Working {
            self.died(&task, exit);
        }
        let living: BTreeSet<&str> = self.crew.keys().map(String::as_str).collect();
        log::prune(&self.folder, &living);
    }

    fn died(&mut self, task: &TaskRecord, exit: &Exit) {
        if launch::is_taken(task.port) {
            // It could not listen, which says nothing of its revision: the next one gets another port.
            tracing::warn!(task = task.id, port = task.port, "another program took the port");
            self.close_gate(&task.revision);
            return;
        }
        self.failed(task, &format!("it ended by itself: {}", exit.how), exit.code);
    }

    /// Notes that a task failed: the next one of its revision waits longer, and whoever waits for a rollout is told.
    pub(super) fn failed(&mut self, task: &TaskRecord, reason: &str, exit_code: Option<i32>) {
        tracing::warn!(task = task.id, reason, "a task failed");
        let log = logs::last_lines(&self.folder.task_log(&task.id), LINES_TOLD).unwrap_or_default();
        let failed = Failed { task: task.id.clone(), reason: reason.to_owned(), exit_code, log };
        self.note_failure(&task.revision, failed);
    }

    /// Notes that a task failed, or could not even be started.
    pub(in crate::supervisor) fn note_failure(&mut self, revision: &Digest, failed: Failed) {
        self.close_gate(revision);
        self.notes.insert("tasks", format!("task {} failed: {}", failed.task, failed.reason));
        let Some(rollout) = self.rollout.as_mut() else { return };
        let address = rollout.address();
        rollout.tell(&Event::TaskStopped {
            address,
            task: failed.task.clone(),
            reason: failed.reason.clone(),
            exit_code: failed.exit_code,
            log: failed.log.clone(),
        });
        let id = failed.task.clone();
        if rollout.task_failed(revision, failed) {
            self.leave(&id);
        }
    }

    fn close_gate(&mut self, revision: &Digest) {
        let now = self.clock.now();
        let new = || Gate { backoff: Backoff::new(fastrand::u64(..)), opens: now };
        let gate = self.gates.entry(revision.clone()).or_insert_with(new);
        gate.opens = now.saturating_add(gate.backoff.failed());
    }

    /// Whether a task of this revision may be started now.
    pub(in crate::supervisor) fn gate_is_open(&self, revision: &Digest) -> bool {
        self.gates.get(revision).is_none_or(|it| self.clock.now() >= it.opens)
    }

    /// Whether tasks of the revision that is wanted have failed lately.
    pub(in crate::supervisor) fn has_failed_lately(&self, revision: &Digest) -> bool {
        self.gates.get(revision).is_some_and(|it| it.backoff.failures() > 0)
    }

    /// Forgets revisions that nothing refers to any more, and their programs.
    pub(in crate::supervisor) fn forget_revisions(&mut self) {
        let mut kept: BTreeSet<Digest> =
            self.record.tasks.iter().map(|it| it.revision.clone()).collect();
        kept.extend(self.record.service().map(|it| it.revision.clone()));
        kept.extend(self.rollout.as_ref().map(|it| it.to.revision.clone()));
        kept.extend(self.record.resources.values().filter_map(|it| match it {
            Resource::TaskDefinition(it) => Some(Digest::of(it)),
            _ => None,
        }));
        let before = self.record.revisions.len();
        self.record.revisions.retain(|digest, _| kept.iter().any(|it| it.as_str() == digest));
        self.unsaved |= self.record.revisions.len() != before;
        self.gates.retain(|digest, _| kept.contains(digest));
        program::prune(&self.folder, self.record.revisions.values());
    }
}
