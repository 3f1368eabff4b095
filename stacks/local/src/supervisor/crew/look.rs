//! Tasks as they run: their health, their checks, what they use.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use ragctl_stacks::timing::{container_check::Check, crew, health::Health};

use super::{OwnCheck, Phase};
use crate::{
    balancer::Target,
    process,
    record::TaskRecord,
    supervisor::{Exit, Input, core::Core, front::Front},
    task::log,
};

/// Between two tries to kill a task.
const KILL_AGAIN: Duration = Duration::from_secs(5);

/// Between two looks at the sizes of logs.
const LOGS_EVERY: Duration = Duration::from_secs(5);

impl Core {
    /// Looks at each task: ends of those that are no children, health, checks, drains, logs.
    pub(in crate::supervisor) fn look_after_crew(&mut self) {
        for task in self.record.tasks.clone() {
            let Some(running) = self.crew.get(&task.id) else { continue };
            if !running.is_child && !process::is_alive(task.pid, task.started) {
                let exit = Exit { code: None, how: "it is gone".to_owned() };
                self.ended(&task.id, &exit);
                continue;
            }
            match running.phase {
                Phase::Active => self.look_at_health(&task),
                Phase::Draining(until) => self.look_at_drain(&task.id, until),
                Phase::Stopping(at) if Instant::now() >= at => self.kill(&task),
                Phase::Stopping(_) => {}
            }
            self.look_at_use(&task);
        }
    }

    fn kill(&mut self, task: &TaskRecord) {
        tracing::warn!(task = task.id, "a task did not stop in time, and is killed");
        process::kill_group(task.pid);
        if let Some(running) = self.crew.get_mut(&task.id) {
            // What hangs in the system itself dies later; it is tried again meanwhile.
            running.phase = Phase::Stopping(Instant::now() + KILL_AGAIN);
        }
    }

    fn look_at_drain(&mut self, id: &str, until: Duration) {
        let in_flight =
            self.front.as_ref().and_then(|it| it.targets().find(id).map(Target::in_flight));
        if in_flight.unwrap_or(0) == 0 || self.clock.now() >= until {
            self.stop(id);
        }
    }

    fn look_at_use(&mut self, task: &TaskRecord) {
        let Some(running) = self.crew.get_mut(&task.id) else { return };
        running.cpu.read(task.pid);
        if running.logs_looked_at.elapsed() > LOGS_EVERY {
            running.logs_looked_at = Instant::now();
            log::bound(&self.folder.task_log(&task.id));
        }
    }

    fn look_at_health(&mut self, task: &TaskRecord) {
        let now = self.clock.now();
        self.run_check(task, now);
        let service = self.rollout.as_ref().map(|it| &it.to).or(self.record.service());
        let grace = service.map_or(Duration::ZERO, |it| it.health_check_grace_period);
        let targets = self.front.as_ref().map(Front::targets);
        let target = targets.as_ref().and_then(|it| it.find(&task.id));
        let is_known = target.is_some();
        let found = target.and_then(|it| Some((it.state.health()?, it.reason.as_deref())));
        let Some(running) = self.crew.get_mut(&task.id) else { return };
        if running.ails.is_some() {
            return;
        }
        if !matches!(found, Some((Health::Healthy, _))) {
            running.healthy_since = None;
        } else if running.healthy_since.is_none() {
            running.healthy_since = Some(now);
            self.got_healthy(&task.id, now);
        } else if let (Some(since), Some(gate)) =
            (running.healthy_since, self.gates.get_mut(&task.revision))
        {
            gate.backoff.healthy_for(now.saturating_sub(since));
        }
        let Some(running) = self.crew.get_mut(&task.id) else { return };
        if now < running.began.saturating_add(grace) {
            return;
        }
        if !is_known {
            // It has had its time to listen: from here on, probes decide.
            return self.register(&task.id);
        }
        if let Some(reason) = crew::ails(found, running.own_health()) {
            running.ails = Some(reason.clone());
            self.failed(task, &reason, None);
        }
    }

    fn got_healthy(&mut self, id: &str, now: Duration) {
        if let Some(idle) = self.pace.idle.as_mut() {
            idle.healthy(now);
        }
        let Some(task) = self.record.tasks.iter_mut().find(|it| it.id == id) else { return };
        if task.healthy_after_ms.is_none() {
            let took = Timestamp::now().duration_since(task.started_at).as_millis();
            task.healthy_after_ms = Some(u64::try_from(took).unwrap_or(0));
            self.unsaved = true;
        }
        tracing::info!(task = id, after_ms = task.healthy_after_ms, "a task is healthy");
        let revision = task.revision.clone();
        self.notes.remove("tasks");
        if let Some(rollout) = self.rollout.as_mut() {
            rollout.task_got_healthy(&revision);
        }
    }

    fn run_check(&mut self, task: &TaskRecord, now: Duration) {
        let is_due = |it: &OwnCheck| !it.is_under_way && now >= it.machine.due();
        let check =
            self.crew.get(&task.id).and_then(|it| it.check.as_ref()).filter(|it| is_due(it));
        let (Some(check), Some(definition)) = (check, self.record.revision(&task.revision)) else {
            return;
        };
        // Without its secrets nothing can be said of it.
        let Ok(environment) = self.launch(definition, &task.id, task.port).environment() else {
            return;
        };
        let (run, folder) = (check.run.clone(), self.folder.base().to_owned());
        let (inputs, id) = (self.inputs.clone(), task.id.clone());
        if let Some(check) = self.crew.get_mut(&task.id).and_then(|it| it.check.as_mut()) {
            check.is_under_way = true;
        }
        tokio::spawn(async move {
            let check = run.once(environment, folder).await;
            drop(inputs.send(Input::Checked { task: id, check }).await);
        });
    }

    /// A task's own check has run.
    pub(in crate::supervisor) fn checked(&mut self, id: &str, found: Check) {
        let now = self.clock.now();
        if let Some(check) = self.crew.get_mut(id).and_then(|it| it.check.as_mut()) {
            check.is_under_way = false;
            check.machine.ended(now, found);
        }
    }
}
