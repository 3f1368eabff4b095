//! The service: its program, its size and its settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::image::ImageReference;
use super::image_build::ImageBuild;
use super::number::{Port, Whole, Workers};
use super::seconds::Seconds;
use super::secret::SecretReference;
use super::size::FargateSize;
use super::target::Architecture;
use super::variable::VariableName;

/// How long one HTTP request may take.
pub type RequestTimeout = Seconds<1, 3600>;

/// How long a task may take to stop. Fargate allows at most 120 s.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
pub type StopTimeout = Seconds<1, 120>;

/// Disk of a task in GiB. Fargate gives 20 for nothing, and 21 to 200 for money.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html>
pub type EphemeralStorage = Whole<20, 200>;

/// The service that the stack runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// What is run.
    pub program: Program,
    /// Port that a task listens on; on this machine the supervisor chooses one for each task.
    pub port: Port,
    /// CPU and memory of a task. On this machine it binds nobody.
    pub size: FargateSize,
    /// Processors that the program is built for.
    pub architecture: Architecture,
    /// Disk of a task on Fargate.
    pub ephemeral_storage: EphemeralStorage,
    /// Workers of each pool whose model does not say its own number.
    pub max_async: Workers,
    /// How long one HTTP request may take; past it the answer is 504.
    pub request_timeout: RequestTimeout,
    /// How long a task may finish what is in flight before it is killed.
    pub stop_timeout: StopTimeout,
    /// Whether both pools are warmed at start, so that no first query pays for them.
    pub warm_at_start: bool,
    /// Whether a query is answered with 202 while the pools warm, instead of waiting for them.
    pub answer_while_warming: bool,
    /// Variables that the user adds.
    pub environment: BTreeMap<VariableName, String>,
    /// Secret variables that the user adds.
    pub secrets: BTreeMap<VariableName, SecretReference>,
}

/// What a task runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// The service's program that came with ragctl.
    Bundled,
    /// A program on this machine.
    Binary(PathBuf),
    /// A container image.
    Image(ImageReference),
    /// A container image of the bundled service that ragctl builds.
    Build(ImageBuild),
    /// A ZIP archive of the bundled service that ragctl makes, for AWS Lambda.
    Zip {
        /// The folder with what goes in; absent: the one that came with ragctl.
        bundle: Option<PathBuf>,
    },
}
