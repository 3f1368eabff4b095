//! What a task runs, and with which settings.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder};
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// One revision of what tasks run. It cannot be edited: any change makes a new revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDefinition {
    /// Its name.
    pub name: Name,
    /// The program.
    pub program: Program,
    /// CPU units; 1024 are one vCPU.
    pub cpu: u32,
    /// Memory in MiB.
    pub memory: u32,
    /// The port that the container listens on.
    pub port: u16,
    /// Plain settings of the service.
    pub environment: BTreeMap<String, String>,
    /// Secret settings: the name of the variable to where its value is kept. Never values.
    pub secrets: BTreeMap<String, String>,
    /// How the task finds out that it is healthy.
    pub health_check: ContainerHealthCheck,
    /// From SIGTERM to SIGKILL.
    #[serde(with = "seconds")]
    pub stop_timeout: Duration,
    /// The store that its tasks open, when it is one of the stack's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<Address>,
}

/// What a task runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// A container image.
    Image(String),
    /// A program on this machine.
    Binary {
        /// Its path.
        path: String,
        /// Changes whenever the file does.
        version: String,
    },
}

/// The check that runs inside the task. Ranges: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerHealthCheck {
    /// What is run; healthy when it ends with 0.
    pub command: Vec<String>,
    /// Between two checks.
    #[serde(with = "seconds")]
    pub interval: Duration,
    /// Until a check counts as failed.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// Failures in a row that make the task unhealthy.
    pub retries: u32,
    /// After the start, during which failures do not count.
    #[serde(with = "seconds")]
    pub start_period: Duration,
}

impl Managed for TaskDefinition {
    const KIND: Kind = Kind::TaskDefinition;
    const FIXED: Fixed = Fixed::Everything(ReplaceOrder::CreateThenDelete);

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        self.store.iter().cloned().collect()
    }

    fn in_short(&self) -> String {
        let program = match &self.program {
            Program::Image(image) => image.as_str(),
            Program::Binary { path, .. } => path.as_str(),
        };
        format!("{program}, {} CPU units, {} MiB", self.cpu, self.memory)
    }
}
