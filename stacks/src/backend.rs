//! The one door from the engine to the world.

use std::{future::Future, path::PathBuf, time::Duration};

use crate::{
    address::Address, event::Events, lease::Lease, live::Live, plan::Step, resource::Digest,
    stack::Target, status::Status,
};

/// What a backend answers.
pub type Reply<T> = Result<T, BackendError>;

/// Reads and performs. The local machine, AWS and the fake implement exactly this, under one contract.
pub trait Backend: Sync {
    /// All that exists of the stack now, wanted or not. The addresses that a stack can own are a closed set, so this is
    /// found by looking, with as few calls as the backend can.
    fn live(&self) -> impl Future<Output = Reply<Live>> + Send;

    /// Carries out one step and returns once its result can be relied on.
    ///
    /// Repeating a finished step succeeds and changes nothing.
    fn perform(&self, step: &Step, events: &dyn Events) -> impl Future<Output = Reply<()>> + Send;

    /// Takes `lease`, or refuses with [`BackendError::Leased`] while another one lasts.
    ///
    /// A lease with the same id is renewed. `lease.taken_at` is the time by which others have run out. A backend that knows
    /// that the other holder's process is gone does not wait for that.
    fn take_lease(&self, lease: &Lease) -> impl Future<Output = Reply<()>> + Send;

    /// Gives the lease with this id back; does nothing when it is gone.
    fn release_lease(&self, id: &str) -> impl Future<Output = Reply<()>> + Send;

    /// The lease that is held, run out or not; one whose holder is known to be gone may be left out.
    fn lease(&self) -> impl Future<Output = Reply<Option<Lease>>> + Send;

    /// How the stack is doing; `None` when nothing of it exists.
    fn status(&self) -> impl Future<Output = Reply<Option<Status>>> + Send;

    /// Wakes a stack that sleeps, and returns while its tasks are starting. True when it has slept.
    ///
    /// Refuses with [`BackendError::NeverSleeps`] where `idle` is off.
    fn wake(&self) -> impl Future<Output = Reply<bool>> + Send;

    /// Sends the stack to sleep, whenever it was last used, and returns while its tasks are finishing what they have. True
    /// when it was awake.
    ///
    /// Refuses with [`BackendError::NeverSleeps`] where `idle` is off.
    fn sleep(&self) -> impl Future<Output = Reply<bool>> + Send;
}

/// Why a backend did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Someone else is changing the stack.
    #[error("the stack is being changed by {} on {} (`{}`, until {})", .0.holder, .0.host, .0.command, .0.expires_at)]
    Leased(Box<Lease>),
    /// Something else needs the resource still.
    #[error("`{address}` is still needed by `{needed_by}`")]
    StillNeeded {
        /// What should go.
        address: Address,
        /// What needs it.
        needed_by: Address,
    },
    /// Something that it needs is not there.
    #[error("`{address}` needs `{needs}`, which is not there")]
    Missing {
        /// What was to be made.
        address: Address,
        /// What it needs.
        needs: Address,
    },
    /// The kind cannot exist on this backend.
    #[error("`{0}` cannot exist on this target")]
    NotOnThisTarget(Address),
    /// The stack has nothing that sends it to sleep and wakes it.
    #[error("the stack never sleeps: it was deployed without `idle`")]
    NeverSleeps,
    /// Another program listens on the port.
    #[error("port {port} on {host} is taken by another program")]
    PortTaken {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// A file or folder of the stack's own cannot be used.
    #[error("{} cannot be {doing}", path.display())]
    FileUnusable {
        /// Which one.
        path: PathBuf,
        /// `read`, `written`, `made`, …
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A record was written by a newer program, or is no record.
    #[error("{} cannot be understood: {reason}", path.display())]
    RecordUnreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The service's program is not there or cannot be run.
    #[error("the service's program {} cannot be run", path.display())]
    ProgramUnusable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A secret that the stack names could not be had.
    #[error("the secret `{reference}` for {variable} cannot be had: {reason}")]
    SecretMissing {
        /// The variable of the service.
        variable: String,
        /// As the stack names it.
        reference: String,
        /// Why not.
        reason: String,
    },
    /// A new revision did not get healthy. The old one, if there was one, serves again.
    #[error("revision {revision} did not get healthy: {reason}")]
    RolledBack {
        /// The revision that failed.
        revision: Digest,
        /// Why.
        reason: String,
        /// The revision that serves again.
        back_to: Option<Digest>,
        /// The last lines that the failing task logged.
        log: Vec<String>,
        /// Where what is known of the failure was kept.
        /// (boxed, since errors are handed on often, and seldom have one)
        evidence: Option<Box<PathBuf>>,
    },
    /// The supervisor, which runs a stack on this machine, does not answer.
    #[error("the supervisor does not answer: {reason}")]
    SupervisorGone {
        /// What the transport said.
        reason: String,
    },
    /// Who carries out what is wanted does not answer.
    #[error("{who} does not answer: {reason}")]
    Unreachable {
        /// AWS, and which call it was.
        who: String,
        /// What the transport said.
        reason: String,
    },
    /// It took too long.
    #[error("{what} took longer than {limit:?}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
    },
    /// There are no credentials to ask with, or they are no good.
    #[error("there are no credentials for AWS that work")]
    NoCredentials {
        /// What was tried.
        reason: String,
    },
    /// The credentials belong to another account than the file names.
    #[error("the credentials belong to account {found}, and the file names {wanted}")]
    OtherAccount {
        /// Whose they are.
        found: String,
        /// Whose they should be.
        wanted: String,
    },
    /// A stack of this name runs on another target, where it would run on and be paid for, unseen.
    #[error("the stack runs on {found}, and the file says {wanted}")]
    OtherTarget {
        /// Where it runs.
        found: String,
        /// Where it should run.
        wanted: Target,
    },
    /// Nothing says which region of AWS is meant.
    #[error("nothing says which region of AWS is meant")]
    NoRegion,
    /// Whoever asked may not do it.
    #[error("{operation} is not allowed: {reason}")]
    NotAllowed {
        /// What was asked.
        operation: String,
        /// Its words.
        reason: String,
    },
    /// It cannot be done yet, and nothing is wrong: doing it again later does it.
    #[error("it is for later: {reason}")]
    Postponed {
        /// What it waits for.
        reason: String,
    },
    /// The other side refused, in its own words.
    #[error("{operation} was refused: {reason}")]
    Refused {
        /// What was asked.
        operation: String,
        /// Its words.
        reason: String,
    },
}
