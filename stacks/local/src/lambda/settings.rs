//! What a function is.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// How long the first init of a sandbox may take.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The least that a provisioned sandbox may take; a longer timeout of the function counts.
const PROVISIONED_INIT_LIMIT: Duration = Duration::from_secs(130);

/// A function.
#[derive(Clone, Debug)]
pub struct FunctionSettings {
    /// What it is called.
    pub name: String,
    /// The program; Lambda's is `bootstrap` in the task's root.
    pub program: PathBuf,
    /// Its own variables. Nothing of this process' environment is handed on.
    pub environment: BTreeMap<String, String>,
    /// The folder that it starts in, `LAMBDA_TASK_ROOT`.
    pub root: PathBuf,
    /// Memory in MB, 128 to 10,240. It decides the CPU, and is not held to.
    pub memory_mb: u32,
    /// Limit of an invocation; 1 s to 900 s on Lambda, 3 s by default.
    pub timeout: Duration,
    /// Limit of an init on demand; 10 s on Lambda.
    pub init_limit: Duration,
    /// Invocations at once; none: without end. Reserved concurrency on Lambda.
    pub concurrency: Option<usize>,
    /// Whether the CPU is limited.
    pub cpu: CpuLimit,
}

/// Whether the CPU of a sandbox is limited, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuLimit {
    /// It has what the machine has.
    None,
    /// By its memory, in the best way that this user may.
    ByMemory,
    /// By its memory, by stopping the process whenever it has used its share.
    ByMemoryWithSignals,
}

/// When a sandbox is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialization {
    /// With the first invocation.
    OnDemand,
    /// Ahead.
    Provisioned,
}

impl Initialization {
    /// As the process is told.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
        }
    }
}

impl FunctionSettings {
    /// A function of `program` with Lambda's defaults: 128 MB, 3 s, without a limit of its concurrency.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        program: impl Into<PathBuf>,
        root: impl Into<PathBuf>,
    ) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            environment: BTreeMap::new(),
            root: root.into(),
            memory_mb: 128,
            timeout: Duration::from_secs(3),
            init_limit: INIT_LIMIT,
            concurrency: None,
            cpu: CpuLimit::ByMemory,
        }
    }

    /// How long an init may take.
    pub(super) fn limit_of(&self, initialization: Initialization) -> Duration {
        match initialization {
            Initialization::OnDemand => self.init_limit,
            Initialization::Provisioned => PROVISIONED_INIT_LIMIT.max(self.timeout),
        }
    }
}
