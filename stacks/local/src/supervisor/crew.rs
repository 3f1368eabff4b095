//! The tasks: started, looked after, stopped.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use ragctl_stacks::{
    event::Event,
    resource::{Digest, TaskDefinition},
};

use super::{
    Exit, Input,
    core::{Core, Mode},
    decide::{self, Seen, Standing},
    rollout::Failed,
};
use crate::{
    balancer::TargetState,
    logs, process,
    record::TaskRecord,
    task::{
        check::Run,
        launch::{self, Launch, Launched},
        log, program,
    },
    timing::{
        backoff::Backoff,
        container_check::{Check, ContainerCheck, ContainerHealth, FirstCheck},
    },
};

/// How many of a failed task's last lines are told.
const LINES_TOLD: usize = 20;

/// Between two readings of a task's CPU. `/proc` counts in steps of 10 ms, so that shorter ones say little.
const CPU_EVERY: Duration = Duration::from_millis(250);

/// Between two looks at the sizes of logs.
const LOGS_EVERY: Duration = Duration::from_secs(5);

/// What is known of a task beyond its record.
#[derive(Debug)]
pub(super) struct Running {
    /// When it was started or found, in the stack's time.
    began: Duration,
    phase: Phase,
    /// Since when it is healthy without a break.
    healthy_since: Option<Duration>,
    /// Why it has to be replaced.
    ails: Option<String>,
    check: Option<OwnCheck>,
    stop_timeout: Duration,
    /// Its CPU share, in percent of one core for each 1024 units.
    pub(super) cpu: Cpu,
    /// Whether it is a child of ours, whose end we are told.
    is_child: bool,
    logs_looked_at: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Active,
    /// Until this time at most it may finish what it has.
    Draining(Duration),
    /// At this time it is killed.
    Stopping(Instant),
}

#[derive(Debug)]
struct OwnCheck {
    run: Run,
    machine: ContainerCheck,
    is_under_way: bool,
}

/// A task's use of the CPU.
#[derive(Debug)]
pub(super) struct Cpu {
    units: u32,
    last: Option<(Instant, Duration)>,
    percent: Option<f64>,
}

/// When tasks of a revision that fails may be started again.
#[derive(Debug)]
pub(super) struct Gate {
    backoff: Backoff,
    opens: Duration,
}

impl Running {
    fn new(
        definition: Option<&TaskDefinition>,
        run: Option<Run>,
        began: Duration,
        is_child: bool,
    ) -> Self {
        let check = definition.zip(run).map(|(it, run)| OwnCheck {
            run,
            machine: ContainerCheck::started(began, &it.health_check, FirstCheck::AfterInterval),
            is_under_way: false,
        });
        Self {
            began,
            phase: Phase::Active,
            healthy_since: None,
            ails: None,
            check,
            stop_timeout: definition.map_or(Duration::from_secs(30), |it| it.stop_timeout),
            cpu: Cpu { units: definition.map_or(1024, |it| it.cpu), last: None, percent: None },
            is_child,
            logs_looked_at: Instant::now(),
        }
    }

    /// Whether it is on its way out.
    pub(super) const fn is_leaving(&self) -> bool {
        !matches!(self.phase, Phase::Active)
    }

    /// Takes over a clock that has started again at zero, when the old one stood at `now`.
    pub(super) fn rescaled(&mut self, now: Duration) {
        self.began = Duration::ZERO;
        self.healthy_since = None;
        if let Phase::Draining(until) = &mut self.phase {
            *until = until.saturating_sub(now);
        }
    }

    fn own_health(&self) -> Option<ContainerHealth> {
        self.check.as_ref().map(|it| it.machine.health())
    }
}

impl Cpu {
    /// The share that was used lately, in percent of what the task has; `None` until it is known.
    pub(super) const fn percent(&self) -> Option<f64> {
        self.percent
    }

    fn read(&mut self, pid: u32) {
        let now = Instant::now();
        if self.last.is_some_and(|(at, _)| now - at < CPU_EVERY) {
            return;
        }
        let Some(used) = process::cpu_time(pid) else { return };
        if let Some((at, before)) = self.last.replace((now, used)) {
            let share = used.saturating_sub(before).as_secs_f64() / (now - at).as_secs_f64();
            self.percent = Some(share * 100.0 * 1024.0 / f64::from(self.units.max(1)));
        }
    }
}

impl Core {
    /// The tasks as decisions need them, in the order of their starts.
    pub(super) fn seen(&self, wanted: Option<&Digest>) -> Vec<Seen> {
        let tasks = self.record.tasks.iter();
        tasks
            .map(|task| Seen {
                id: task.id.clone(),
                standing: self.standing(task),
                is_wanted: Some(&task.revision) == wanted,
            })
            .collect()
    }

    /// How a task stands.
    pub(super) fn standing(&self, task: &TaskRecord) -> Standing {
        let Some(running) = self.crew.get(&task.id) else { return Standing::Stopping };
        match running.phase {
            Phase::Draining(_) => Standing::Draining,
            Phase::Stopping(_) => Standing::Stopping,
            Phase::Active if running.ails.is_some() => Standing::Ailing,
            Phase::Active => match self.target_state(&task.id) {
                Some(TargetState::Healthy) => Standing::Healthy,
                _ => Standing::Starting,
            },
        }
    }

    fn target_state(&self, id: &str) -> Option<TargetState> {
        Some(self.front.as_ref()?.targets().find(id)?.state)
    }

    /// Starts a task of a revision.
    pub(super) fn start(&mut self, revision: &Digest) -> Result<(), String> {
        let definition = self.record.revision(revision).cloned();
        let definition = definition.ok_or("its revision is not known any more")?;
        self.record.service.started += 1;
        let short: String = revision.as_str().chars().take(6).collect();
        let id = format!("{short}-{}", self.record.service.started);
        let in_use = |port| {
            self.record.tasks.iter().any(|it| it.port == port)
                || self.record.load_balancer().is_some_and(|it| it.port == port)
        };
        let port = launch::free_port(in_use).map_err(|it| it.to_string())?;
        let launched = self.launch(&definition, &id, port).start().map_err(|it| it.to_string())?;
        tracing::info!(task = id, pid = launched.pid, port, %revision, "a task starts");
        let task = TaskRecord {
            id,
            revision: revision.clone(),
            pid: launched.pid,
            started: launched.started,
            port,
            started_at: Timestamp::now(),
            healthy_after_ms: None,
            leaving: false,
        };
        self.watch(&task, launched);
        self.join(task, true);
        Ok(())
    }

    fn launch<'a>(&'a self, definition: &'a TaskDefinition, id: &'a str, port: u16) -> Launch<'a> {
        let (folder, record, values) = (&self.folder, &self.record, &self.values);
        Launch { folder, record, definition, id, port, values }
    }

    fn watch(&self, task: &TaskRecord, launched: Launched) {
        let (inputs, task, mut child) = (self.inputs.clone(), task.id.clone(), launched.child);
        tokio::spawn(async move {
            let exit = match child.wait().await {
                Ok(status) => Exit { code: status.code(), how: status.to_string() },
                Err(error) => Exit { code: None, how: format!("it is lost: {error}") },
            };
            drop(inputs.send(Input::Ended { task, exit }).await);
        });
    }

    /// Takes a process in as a task: one just started, or one that was found.
    pub(super) fn join(&mut self, task: TaskRecord, is_child: bool) {
        let definition = self.record.revision(&task.revision);
        let run = definition.and_then(|it| Run::of(&self.folder, it));
        let running = Running::new(definition, run, self.clock.now(), is_child);
        if let Some(front) = &self.front {
            front.register(&task.id, SocketAddr::from((Ipv4Addr::LOCALHOST, task.port)));
        }
        self.crew.insert(task.id.clone(), running);
        if !self.record.tasks.iter().any(|it| it.id == task.id) {
            self.record.tasks.push(task);
        }
        self.unsaved = true;
    }

    /// Lets a task finish what it has, then stops it.
    pub(super) fn leave(&mut self, id: &str) {
        let service = self.rollout.as_ref().map(|it| &it.to).or(self.record.service());
        let group = service.and_then(|it| self.record.target_group(&it.target_group.name));
        let delay = group.map_or(Duration::ZERO, |it| it.deregistration_delay);
        let until = self.clock.now().saturating_add(delay);
        let Some(running) = self.crew.get_mut(id).filter(|it| !it.is_leaving()) else { return };
        running.phase = Phase::Draining(until);
        if let Some(front) = &self.front {
            front.drain(id);
        }
        if let Some(task) = self.record.tasks.iter_mut().find(|it| it.id == id) {
            task.leaving = true;
        }
        self.unsaved = true;
        tracing::info!(task = id, "a task leaves");
    }

    /// Tells a task to stop, at once.
    pub(super) fn stop(&mut self, id: &str) {
        let Some(running) = self.crew.get_mut(id) else { return };
        running.phase = Phase::Stopping(Instant::now() + running.stop_timeout);
        if let Some(task) = self.record.tasks.iter_mut().find(|it| it.id == id) {
            task.leaving = true;
            self.unsaved = true;
            if process::is_alive(task.pid, task.started) {
                process::terminate_group(task.pid);
            }
        }
    }

    /// Looks at each task: ends of those that are no children, health, checks, drains, logs.
    pub(super) fn look_after_crew(&mut self) {
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
                Phase::Stopping(at) if Instant::now() >= at => {
                    tracing::warn!(task = task.id, "a task did not stop in time, and is killed");
                    process::kill_group(task.pid);
                }
                Phase::Stopping(_) => {}
            }
            self.look_at_use(&task);
        }
    }

    fn look_at_drain(&mut self, id: &str, until: Duration) {
        let in_flight = self
            .front
            .as_ref()
            .and_then(|it| it.targets().find(id).map(crate::balancer::Target::in_flight));
        if in_flight.unwrap_or(0) == 0 || self.clock.now() >= until {
            self.stop(id);
        }
    }

    fn look_at_use(&mut self, task: &TaskRecord) {
        let Some(running) = self.crew.get_mut(&task.id) else { return };
        running.cpu.read(task.pid);
        if running.logs_looked_at.elapsed() > LOGS_EVERY {
            running.logs_looked_at = Instant::now();
            log::bound(&self.folder, &task.id);
        }
    }

    fn look_at_health(&mut self, task: &TaskRecord) {
        let now = self.clock.now();
        self.run_check(task, now);
        let service = self.rollout.as_ref().map(|it| &it.to).or(self.record.service());
        let grace = service.map_or(Duration::ZERO, |it| it.health_check_grace_period);
        let targets = self.front.as_ref().map(super::front::Front::targets);
        let target = targets.as_ref().and_then(|it| it.find(&task.id));
        let target = target.map(|it| (it.state, it.reason.as_deref()));
        let Some(running) = self.crew.get_mut(&task.id) else { return };
        if running.ails.is_some() {
            return;
        }
        if !matches!(target, Some((TargetState::Healthy, _))) {
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
        if let Some(reason) = decide::ails(target, running.own_health()) {
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
    pub(super) fn checked(&mut self, id: &str, found: Check) {
        let now = self.clock.now();
        if let Some(check) = self.crew.get_mut(id).and_then(|it| it.check.as_mut()) {
            check.is_under_way = false;
            check.machine.ended(now, found);
        }
    }

    /// A process has ended.
    pub(super) fn ended(&mut self, id: &str, exit: &Exit) {
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
    fn failed(&mut self, task: &TaskRecord, reason: &str, exit_code: Option<i32>) {
        tracing::warn!(task = task.id, reason, "a task failed");
        let log = logs::last_lines(&self.folder.task_log(&task.id), LINES_TOLD).unwrap_or_default();
        let failed = Failed { task: task.id.clone(), reason: reason.to_owned(), exit_code, log };
        self.note_failure(&task.revision, failed);
    }

    /// Notes that a task failed, or could not even be started.
    pub(super) fn note_failure(&mut self, revision: &Digest, failed: Failed) {
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
    pub(super) fn gate_is_open(&self, revision: &Digest) -> bool {
        self.gates.get(revision).is_none_or(|it| self.clock.now() >= it.opens)
    }

    /// Whether tasks of the revision that is wanted have failed lately.
    pub(super) fn has_failed_lately(&self, revision: &Digest) -> bool {
        self.gates.get(revision).is_some_and(|it| it.backoff.failures() > 0)
    }

    /// Forgets revisions that nothing refers to any more, and their programs.
    pub(super) fn forget_revisions(&mut self) {
        let mut kept: BTreeSet<Digest> =
            self.record.tasks.iter().map(|it| it.revision.clone()).collect();
        kept.extend(self.record.service().map(|it| it.revision.clone()));
        kept.extend(self.rollout.as_ref().map(|it| it.to.revision.clone()));
        kept.extend(self.record.resources.values().filter_map(|it| match it {
            ragctl_stacks::resource::Resource::TaskDefinition(it) => Some(Digest::of(it)),
            _ => None,
        }));
        let before = self.record.revisions.len();
        self.record.revisions.retain(|digest, _| kept.iter().any(|it| it.as_str() == digest));
        self.unsaved |= self.record.revisions.len() != before;
        self.gates.retain(|digest, _| kept.contains(digest));
        program::prune(&self.folder, self.record.revisions.values());
    }
}
