//! How a stack is doing, as every backend tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{address::Address, resource::Digest};

/// How a stack is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// In one word.
    pub state: State,
    /// Where clients reach it.
    pub endpoint: Option<String>,
    /// The revision that serves.
    pub revision: Option<Digest>,
    /// A rollout that is under way, or the last one when it failed.
    pub rollout: Option<Rollout>,
    /// The tasks, oldest first.
    pub tasks: Vec<Task>,
    /// The count of tasks and its bounds.
    pub scaling: Option<Scaling>,
    /// Requests since the balancer started; `None` where nobody counts them.
    pub requests: Option<Requests>,
    /// Next run of each schedule.
    pub schedules: Vec<NextRun>,
    /// How many times faster than real the timings run; 1 is real time.
    pub time_scale: f64,
    /// Findings worth a person's attention.
    pub notes: Vec<String>,
}

impl Status {
    /// A stack of which nothing more is known than how it is doing in one word.
    #[must_use]
    pub fn of(state: State) -> Self {
        Self {
            state,
            endpoint: None,
            revision: None,
            rollout: None,
            tasks: Vec::new(),
            scaling: None,
            requests: None,
            schedules: Vec::new(),
            time_scale: 1.0,
            notes: Vec::new(),
        }
    }
}

/// How a stack is doing, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Tasks are started; none can answer yet.
    Starting,
    /// At least one healthy task.
    Running,
    /// Tasks run, none is healthy.
    Unhealthy,
    /// Scaled to zero after idle time.
    Asleep,
    /// A request has started a task.
    Waking,
    /// Its tasks may run, but nothing supervises them.
    Unsupervised,
    /// Resources exist, no service does.
    Incomplete,
}

/// A rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The new revision.
    pub revision: Digest,
    /// How it stands.
    pub state: RolloutState,
    /// Why it failed.
    pub reason: Option<String>,
}

/// How a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutState {
    /// Under way.
    InProgress,
    /// Every task is of the new revision and healthy.
    Completed,
    /// It failed, and the old revision serves again.
    RolledBack,
    /// It failed, and there was nothing to go back to.
    Failed,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// What it runs.
    pub revision: Digest,
    /// How it stands.
    pub state: TaskState,
    /// Its process, on this machine.
    pub pid: Option<u32>,
    /// Where the balancer reaches it.
    pub address: Option<String>,
    /// When it was started.
    pub started_at: Timestamp,
    /// From its start to its first good health check, in milliseconds.
    pub healthy_after_ms: Option<u64>,
    /// Requests that it is answering, where they are counted.
    pub in_flight: Option<u32>,
    /// Used CPU in percent of what it has.
    pub cpu_percent: Option<f64>,
    /// Resident memory in bytes.
    pub memory_bytes: Option<u64>,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Started, not yet healthy.
    Starting,
    /// Gets requests.
    Healthy,
    /// Failed its health checks.
    Unhealthy,
    /// Finishes what it has, gets nothing new.
    Draining,
    /// Was told to stop.
    Stopping,
}

/// The count of tasks and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scaling {
    /// The fewest while awake.
    pub minimum: u32,
    /// The most.
    pub maximum: u32,
    /// What the scaler wants now.
    pub desired: u32,
}

/// Requests since the balancer started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// From users.
    pub users: u64,
    /// From keep-alive.
    pub pings: u64,
    /// Answered with 5xx, by a task or by the balancer.
    pub failed: u64,
    /// Times that the stack was woken.
    pub wakes: u64,
}

/// The next run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRun {
    /// The schedule.
    pub address: Address,
    /// When it runs next.
    pub at: Option<Timestamp>,
}
