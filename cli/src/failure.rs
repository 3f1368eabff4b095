//! Why a command did not do what it was asked: facts. What to do about them is said in `output/failure.rs`.

use std::{io, path::PathBuf, time::Duration};

use ragctl_chart::PngError;
use ragctl_image::{BundleError, ContentsError, LayoutError, PackageError, RegistryError};
use ragctl_stacks::{
    apply::{ApplyError, Failed},
    backend::BackendError,
    bench::{ColdStartsError, ModelError, NotMeasured, import::ImportError},
    budget::MeasuredError,
    check::Finding,
    config::{Mistakes, edit::EditError},
    cost::PricesError,
    plan::{PlanError, PlanRecordError},
    resource::Digest,
    seconds,
    stack::{StackName, Target},
    traffic::LogError,
    tune::RunFailed,
};

use crate::service::CallError;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Two options contradict each other.
    #[error("`{0}` cannot be used with `{1}`")]
    NotTogether(&'static str, &'static str),
    /// There is no stack file.
    #[error("there is no ragctl.yaml in {} or above it", .0.display())]
    NoStackFile(PathBuf),
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// A figure cannot be painted.
    #[error("the figure for {} cannot be painted", path.display())]
    Unpaintable { path: PathBuf, source: PngError },
    /// A file that would be written is there already.
    #[error("{} is there already", .0.display())]
    AlreadyThere(PathBuf),
    /// A name that was given is none.
    #[error("`{name}` cannot be a stack's name")]
    NotAName { name: String, suggestion: Option<StackName> },
    /// The stack file is wrong.
    #[error("{0}")]
    Mistakes(Mistakes),
    /// A rule forbids to deploy what the stack file asks for.
    #[error("{} in {file}", crate::output::human::text::count(findings.len(), "error"))]
    Forbidden { file: String, findings: Vec<Finding> },
    /// The stack file cannot be edited.
    #[error("{} cannot be edited", path.display())]
    NotEdited { path: PathBuf, source: EditError },
    /// A setting on the command line is not written as one.
    #[error("`{0}` is not a setting such as `workers=4`")]
    NotASetting(String),
    /// No strategy is called so.
    #[error("there is no strategy `{name}`")]
    NoSuchStrategy { name: String, nearest: Option<&'static str> },
    /// Neither a rule nor a strategy is called so.
    #[error("there is no rule or strategy `{name}`")]
    NothingToExplain { name: String, nearest: Option<&'static str> },
    /// The service's program is nowhere to be found.
    #[error("the service's program is not there: looked for {}", list(.looked_for))]
    NoProgram { looked_for: Vec<PathBuf>, said_by: ProgramSource },
    /// There is nothing to build an image of.
    #[error("{what}")]
    Bundle { what: Box<BundleError>, said_by: ProgramSource },
    /// An image cannot be built.
    #[error("the image cannot be built")]
    ImageBuild(#[source] LayoutError),
    /// The archives that Lambda takes cannot be made.
    #[error("the function cannot be packed")]
    Package(#[source] PackageError),
    /// A folder has no image.
    #[error(transparent)]
    Layout(LayoutError),
    /// A registry does not take an image.
    #[error(transparent)]
    Registry(Box<RegistryError>),
    /// It cannot be told what is in an image.
    #[error(transparent)]
    Contents(Box<ContentsError>),
    /// The file lets no image be built.
    #[error("the file does not say `service: {{image: build}}` on a target that needs an image")]
    NothingToPush,
    /// A saved plan cannot be used.
    #[error("the plan in {} cannot be used", path.display())]
    PlanUnusable { path: PathBuf, source: PlanRecordError },
    /// A record of measured times cannot be used.
    #[error("the measured times in {} cannot be used", path.display())]
    MeasuredUnusable { path: PathBuf, source: MeasuredError },
    /// No way to write a file could be looked at.
    #[error(
        "no way to write {file} could be looked at: a rule forbids each, or it cannot be edited"
    )]
    NothingToAdvise { file: String },
    /// A log of request times cannot be used.
    #[error("the request times in {} cannot be used", path.display())]
    LogUnusable { path: PathBuf, source: LogError },
    /// A record of cold starts cannot be used.
    #[error("the cold starts in {} cannot be used", path.display())]
    ColdStartsUnusable { path: PathBuf, source: ColdStartsError },
    /// A file has no times to take over.
    #[error("no times can be taken from {}", path.display())]
    NothingToImport { path: PathBuf, source: ImportError },
    /// An account has no times to take over.
    #[error("no start of `{stack}` of the last {} has left times", seconds::text(*since))]
    NoStarts { stack: String, since: Duration, source: Option<ImportError> },
    /// No account knows of the stack's starts.
    #[error("a stack on this machine has no account that keeps times")]
    MeasuredHere,
    /// There is a budget for what was not measured.
    #[error(transparent)]
    NotMeasured(#[from] NotMeasured),
    /// A model of a provider cannot be used.
    #[error("the model of a provider in {} cannot be used", path.display())]
    ModelUnusable { path: PathBuf, source: ModelError },
    /// A table of prices cannot be used.
    #[error("the prices in {} cannot be used", path.display())]
    PricesUnusable { path: PathBuf, source: PricesError },
    /// A saved plan is another stack's.
    #[error("the plan in {} is for {theirs}, and the file is for {ours}", path.display())]
    OthersPlan { path: PathBuf, theirs: String, ours: String },
    /// The wanted resources contradict themselves.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Nothing was attempted.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The backend refused.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Some steps failed.
    #[error("{}", failed.first().map_or_else(String::new, ToString::to_string))]
    StepsFailed { failed: Vec<Failed>, done: usize, skipped: usize, again: &'static str },
    /// A stack of its own, for measuring, could not be deployed or taken down.
    #[error("the stack for measuring: {}", failed.first().map_or_else(String::new, ToString::to_string))]
    ScratchFailed { failed: Vec<Failed> },
    /// A task that is measured ended while it started, and another one was started in its place.
    #[error("a task ended while it started, and so did the one after it")]
    StartedAnew,
    /// Somebody must agree, and nobody is there.
    #[error("{what} needs your consent, and there is no terminal to ask on")]
    ConsentNeeded { what: String, command: String },
    /// The file says that the stack's name must be typed, and nobody is there to.
    #[error("`{0}` is protected, and there is no terminal to type its name on")]
    Protected(String),
    /// The name that was typed is another stack's.
    #[error("`--confirm {typed}` does not name the stack, which is `{name}`")]
    OtherName { typed: String, name: String },
    /// Somebody did not agree.
    #[error("nothing was changed, as you said")]
    Declined,
    /// Somebody else has taken the lease meanwhile.
    #[error("somebody else has taken over the stack meanwhile")]
    LeaseLost(#[source] BackendError),
    /// A signal told us to stop.
    #[error("interrupted")]
    Interrupted { steps: Option<StepsDone> },
    /// Somebody left a rollout that goes on by itself.
    #[error("left, and the rollout goes on on AWS")]
    LeftRunning(StepsDone),
    /// There is no stack to talk to.
    #[error("nothing is deployed for `{0}`")]
    NothingDeployed(String),
    /// It was woken, and no task got healthy.
    #[error("no task was healthy within {} of waking it{}", seconds::text(*limit), notes.iter().map(|it| format!("; {it}")).collect::<String>())]
    NotAwake {
        /// How long it was waited.
        limit: Duration,
        /// What the backend says of it.
        notes: Vec<String>,
    },
    /// The stack is there, and has no address for clients.
    #[error("`{0}` has no endpoint")]
    NoEndpoint(String),
    /// Nobody needs to be allowed anything on the target.
    #[error("a stack on `{0}` needs no policy")]
    NoPolicy(Target),
    /// A text is no repository on GitHub.
    #[error(transparent)]
    NotARepository(#[from] ragctl_aws::NotARepository),
    /// The target keeps no revisions to go back to.
    #[error("nothing remembers earlier revisions on `{0}`")]
    NoRollback(Target),
    /// No revision begins so.
    #[error("no revision begins with `{given}`")]
    NoSuchRevision { given: String, known: Known },
    /// Several do.
    #[error("more than one revision begins with `{given}`")]
    AmbiguousRevision { given: String, known: Known },
    /// There is nothing to go back to.
    #[error("there is no revision before {serving}, which serves")]
    NoEarlierRevision { serving: Digest, known: Known },
    /// The target has no requests to AWS.
    #[error("nothing is sent to AWS for `{0}`")]
    NothingToRender(Target),
    /// Only on this machine does a supervisor of ours run the tasks.
    #[error("there is no supervisor on `{0}`: AWS itself runs the tasks there")]
    NoSupervisor(Target),
    /// Only on Lambda is there a function.
    #[error("a stack on `{0}` has no function whose memory could be tuned")]
    NoFunction(Target),
    /// The function fails, whatever memory it has.
    #[error("the function fails: {0}")]
    FunctionFailed(RunFailed),
    /// What was changed to measure the function could not be put back.
    #[error("`{function}` is not as it was found")]
    NotRestored { function: String, source: Box<BackendError> },
    /// The service did not do what it was asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The service was not ready in time.
    #[error("the service was not ready within {}", crate::output::human::text::seconds(*.waited))]
    NotReady { waited: Duration, source: CallError },
    /// A question that was measured got no answer.
    #[error("the question was not answered: {0}")]
    NoAnswer(String),
    /// The system gives no port.
    #[error("no port of this machine can be listened on")]
    NoPort(#[source] io::Error),
    /// Tasks that were to stop did not.
    #[error("{left} tasks still ran {} after they were to stop", seconds::text(*limit))]
    NotStopped { limit: Duration, left: usize },
    /// The service broke off its answer.
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    /// A path to ingest is not there.
    #[error("{} is not there", .0.display())]
    NoSuchPath(PathBuf),
    /// Nothing to ingest was found.
    #[error("there is no text or Markdown file in {}", list(.0))]
    NothingToIngest(Vec<PathBuf>),
    /// Some files were not taken in.
    #[error("{failed} of {of} files were not taken in")]
    FilesFailed { failed: usize, of: usize },
    /// The documents were not ready in time.
    #[error("{left} documents were still not processed after {}", crate::output::human::text::seconds(*.waited))]
    StillProcessing { left: usize, waited: Duration },
    /// The supervisor failed.
    #[error(transparent)]
    Supervise(Box<ragctl_local::SuperviseError>),
    /// What was to be said could not be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
}

/// The revisions that there are, each in words.
#[derive(Clone, Debug)]
pub(crate) struct Known(pub(crate) Vec<String>);

/// How far a plan was carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepsDone {
    /// The steps that are done.
    pub(crate) done: usize,
    /// All steps.
    pub(crate) of: usize,
    /// The command that does the rest.
    pub(crate) again: &'static str,
}

/// Who said where the service's program, or the bundle, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgramSource {
    /// The stack file: `service.binary`, `image.bundle`.
    File,
    /// The variable `RAGCTL_SERVICE`, `RAGCTL_BUNDLE`, or an option.
    Variable,
    /// Nobody: it was looked for where it is installed.
    Nobody,
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
