//! What a task runs, and with which settings.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder, image::short};
use crate::{
    address::{Address, Kind, Name},
    seconds,
    stack::{self, ImageBuild},
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
    /// What it needs on Fargate.
    #[serde(flatten)]
    pub fargate: Option<FargateTask>,
}

/// What a task needs on Fargate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FargateTask {
    /// The processors that it runs on: `x86_64`, `arm64`.
    pub architecture: String,
    /// Disk in GiB that goes with the task.
    pub ephemeral_storage: u32,
    /// What ECS may do to start it.
    pub execution_role: Address,
    /// What the service itself may do.
    pub task_role: Address,
    /// Where it logs, and how.
    pub log: LogOptions,
    /// The image that the file names, while the command line's runs in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_in_file: Option<String>,
    /// The key of the stack's own among its secrets. It says what comes first, and is no setting: the secret itself is one.
    #[serde(skip)]
    pub key: Option<Address>,
    /// The image that ragctl builds, when it is one. It says what comes first, as well.
    #[serde(skip)]
    pub image: Option<Address>,
}

/// Where a task logs, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOptions {
    /// The log group.
    pub group: Address,
    /// What happens when lines come faster than they can be taken: `non-blocking` drops them, `blocking` waits.
    pub mode: String,
    /// Room for lines that wait, in MiB; only where they may be dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer: Option<u32>,
}

/// What a task runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// A container image.
    Image(String),
    /// The container image with this digest, in the repository of the stack's own.
    Built(String),
    /// A program on this machine.
    Binary {
        /// Its path.
        path: String,
        /// Changes whenever the file does.
        version: String,
    },
    /// A ZIP archive that ragctl has made, and the layers that it needs.
    Zip(Package),
}

/// What a function of Lambda runs that is not an image: each archive by its digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The program's.
    pub code: String,
    /// The layers', by their names.
    pub layers: BTreeMap<String, String>,
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
        let fargate = self
            .fargate
            .iter()
            .flat_map(|it| [it.execution_role.clone(), it.task_role.clone(), it.log.group.clone()]);
        let key = self.fargate.iter().filter_map(|it| it.key.clone());
        let image = self.fargate.iter().filter_map(|it| it.image.clone());
        self.store.iter().cloned().chain(fargate).chain(key).chain(image).collect()
    }

    fn in_short(&self) -> String {
        let program = match &self.program {
            Program::Built(digest) => format!("image {}", short(digest)),
            other => other.to_string(),
        };
        format!("{program}, {} CPU units, {} MiB", self.cpu, self.memory)
    }
}

impl Program {
    /// One of the sort that `asked` becomes, for what does not depend on which one it is: the kinds of resources, costs, rights.
    #[must_use]
    pub fn any(asked: &stack::Program) -> Self {
        match asked {
            stack::Program::Image(image) => Self::Image(image.to_string()),
            stack::Program::Build(ImageBuild { repository: Some(it), .. }) => {
                Self::Image(format!("{it}@"))
            }
            stack::Program::Build(_) => Self::Built(String::new()),
            stack::Program::Zip { .. } => Self::Zip(Package::default()),
            stack::Program::Bundled | stack::Program::Binary(_) => {
                Self::Binary { path: String::new(), version: String::new() }
            }
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image(it) | Self::Built(it) => it,
            Self::Binary { path, .. } => path,
            Self::Zip(package) => &package.code,
        })
    }
}
