//! How the stack is doing, for whoever asks.

use ragctl_stacks::{
    status::{Requests, RolloutState, Scaling, Status, Task, TaskState},
    timing::crew::Standing,
};

use super::{
    core::Core,
    decide::{self, Whole},
    front::Front,
};
use crate::{process, record::TaskRecord};

impl Core {
    /// How the stack is doing; `None` when nothing of it exists.
    pub(super) fn status(&self) -> Option<Status> {
        if self.is_leaving() {
            return None;
        }
        let tasks: Vec<Task> = self.record.tasks.iter().map(|it| self.task_status(it)).collect();
        let service = self.record.service();
        let revision = service.map(|it| it.revision.clone());
        let whole = Whole {
            has_service: service.is_some() || self.rollout.is_some(),
            wakefulness: self.wakefulness(),
            healthy: tasks.iter().filter(|it| it.state == TaskState::Healthy).count(),
            has_failed: revision.as_ref().is_some_and(|it| self.has_failed_lately(it)),
        };
        let now = self.clock.now();
        Some(Status {
            state: decide::state(whole),
            endpoint: self.record.endpoint(),
            revision,
            rollout: self
                .record
                .service
                .rollout
                .clone()
                .filter(|it| it.state != RolloutState::Completed),
            tasks,
            scaling: self.record.scalable_target().map(|it| Scaling {
                minimum: it.minimum,
                maximum: it.maximum,
                desired: self.desired(),
            }),
            requests: Some(Requests {
                wakes: self.pace.wakes,
                ..self.front.as_ref().map(Front::requests).unwrap_or_default()
            }),
            schedules: self.pace.scheduler.next_runs(now, |it| self.clock.real(it)),
            time_scale: self.record.time_scale,
            notes: self.notes.values().cloned().collect(),
        })
    }

    fn task_status(&self, task: &TaskRecord) -> Task {
        let targets = self.front.as_ref().map(Front::targets);
        let target = targets.as_ref().and_then(|it| it.find(&task.id));
        Task {
            id: task.id.clone(),
            revision: task.revision.clone(),
            state: match self.standing(task) {
                Standing::Starting => TaskState::Starting,
                Standing::Healthy => TaskState::Healthy,
                Standing::Ailing => TaskState::Unhealthy,
                Standing::Draining => TaskState::Draining,
                Standing::Stopping => TaskState::Stopping,
            },
            pid: Some(task.pid),
            address: Some(format!("127.0.0.1:{}", task.port)),
            started_at: task.started_at,
            healthy_after_ms: task.healthy_after_ms,
            in_flight: Some(target.map_or(0, crate::balancer::Target::in_flight)),
            cpu_percent: self.crew.get(&task.id).and_then(|it| it.cpu.percent()),
            memory_bytes: process::resident_bytes(task.pid),
        }
    }
}
