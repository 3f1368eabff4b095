//! Tasks as they come and go.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use ragctl_stacks::resource::{Digest, TaskDefinition};
use tokio::{net::TcpStream, time::sleep};
use tokio_util::task::AbortOnDropHandle;

use super::{Phase, Running};
use crate::{
    process,
    record::TaskRecord,
    supervisor::{Exit, Input, core::Core},
    task::{
        check::Run,
        launch::{self, Launch, Launched},
    },
};

/// Between two looks whether a task listens. In real time: the task starts no faster because the timings run faster.
const LISTENS_EVERY: Duration = Duration::from_millis(5);

impl Core {
    /// Starts a task of a revision.
    pub(in crate::supervisor) fn start(&mut self, revision: &Digest) -> Result<(), String> {
        let definition = self.record.revision(revision).cloned();
        let definition = definition.ok_or("its revision is not known any more")?;
        self.record.service.started += 1;
        let short: String = revision.as_str().chars().take(6).collect();
        let id = format!("{short}-{}", self.record.service.started);
        let in_use = |port| {
            self.record.tasks.iter().any(|it| it.port == port) || self.record.port() == Some(port)
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

    pub(super) fn launch<'a>(
        &'a self,
        definition: &'a TaskDefinition,
        id: &'a str,
        port: u16,
    ) -> Launch<'a> {
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
    pub(in crate::supervisor) fn join(&mut self, task: TaskRecord, is_child: bool) {
        let definition = self.record.revision(&task.revision);
        let run = definition.and_then(|it| Run::of(&self.folder, it));
        let listens = self.tell_when_it_listens(&task);
        let running = Running::new(definition, run, self.clock.now(), is_child, listens);
        self.crew.insert(task.id.clone(), running);
        if !self.record.tasks.iter().any(|it| it.id == task.id) {
            self.record.tasks.push(task);
        }
        self.unsaved = true;
    }

    /// A task is registered once it listens: a probe before that would fail, and the next one come an interval later.
    fn tell_when_it_listens(&self, task: &TaskRecord) -> AbortOnDropHandle<()> {
        let (inputs, task, port) = (self.inputs.clone(), task.id.clone(), task.port);
        AbortOnDropHandle::new(tokio::spawn(async move {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                sleep(LISTENS_EVERY).await;
            }
            drop(inputs.send(Input::Listens { task }).await);
        }))
    }

    /// Adds a task to the balancer's targets, unless it is there already, or on its way out.
    pub(in crate::supervisor) fn register(&self, id: &str) {
        let stays = self.crew.get(id).is_some_and(|it| !it.is_leaving());
        let task = self.record.tasks.iter().find(|it| it.id == id);
        if let (Some(front), Some(task), true) = (&self.front, task, stays)
            && front.targets().find(id).is_none()
        {
            front.register(id, SocketAddr::from((Ipv4Addr::LOCALHOST, task.port)));
        }
    }

    /// Lets a task finish what it has, then stops it.
    pub(in crate::supervisor) fn leave(&mut self, id: &str) {
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
    pub(in crate::supervisor) fn stop(&mut self, id: &str) {
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
}
