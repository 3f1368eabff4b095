//! Deployments of services: one go at running one task definition.

use serde_json::{Value, json};

use super::service::Service;
use super::task::{Status, Task};
use crate::input::set;
use crate::time::Time;

/// How far a deployment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rollout {
    /// Tasks are being replaced.
    InProgress,
    /// All its tasks are healthy and no others run.
    Completed,
    /// Its tasks failed.
    Failed,
}

impl Rollout {
    fn word(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// What a deployment runs.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) definition: String,
    pub(super) network: Value,
    pub(super) balancers: Value,
}

/// One deployment.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) target: Target,
    pub(super) created: Time,
    pub(super) updated: Time,
    pub(super) rollout: Rollout,
    pub(super) reason: String,
    pub(super) failed: i64,
    /// Ticks until a failed task is replaced.
    pub(super) wait: i64,
}

impl Deployment {
    pub(super) fn new(id: String, target: Target, at: Time) -> Self {
        let reason = format!("ECS deployment {id} in progress.");
        let rollout = Rollout::InProgress;
        Self { id, target, created: at, updated: at, rollout, reason, failed: 0, wait: 0 }
    }

    /// Ends it.
    pub(super) fn end(&mut self, rollout: Rollout, reason: String, at: Time) {
        self.rollout = rollout;
        self.reason = reason;
        self.updated = at;
    }

    /// As `DescribeServices` shows it.
    pub(super) fn shown(&self, service: &Service, tasks: &[Task]) -> Value {
        let own = || tasks.iter().filter(|task| task.deployment == self.id && !task.stopping);
        let running = own().filter(|task| task.last == Status::Running).count();
        let pending = own().filter(|task| task.last < Status::Running).count();
        let primary = service.primary().is_some_and(|primary| primary.id == self.id);
        let desired = match (primary, self.rollout) {
            (true, Rollout::Failed) => json!(0),
            (true, _) => json!(service.desired),
            (false, _) => json!(running + pending),
        };
        let mut shown = json!({
            "id": self.id, "status": if primary { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": self.target.definition, "desiredCount": desired,
            "pendingCount": pending, "runningCount": running, "failedTasks": self.failed,
            "createdAt": self.created.seconds(), "updatedAt": self.updated.seconds(),
            "platformVersion": "1.4.0", "platformFamily": "Linux",
            "networkConfiguration": self.target.network,
            "rolloutState": self.rollout.word(), "rolloutStateReason": self.reason,
        });
        for key in ["launchType", "capacityProviderStrategy"] {
            if let Some(value) = service.fields.get(key).filter(|value| !value.is_null()) {
                set(&mut shown, key, value.clone());
            }
        }
        shown
    }
}
