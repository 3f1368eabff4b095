//! Runs a stack on this machine: what ECS, its load balancer and its autoscaling do, in one supervisor.
//!
//! - [`LocalBackend`] is what commands use. It reads the stack's record, and asks the supervisor to carry out steps.
//! - [`supervise`] is the supervisor: a process that outlives the command, owns the tasks, and writes the record.
//! - [`balancer`] is the one address for clients; [`ragctl_stacks::timing`] decides when what is due, by [`clock`].
//! - [`logs`] reads what tasks and the supervisor have printed.
//! - [`lambda`] runs a function as AWS Lambda does: sandboxes that stand still between invocations, CPU by memory.

mod backend;
pub mod balancer;
pub mod clock;
mod control;
mod folder;
pub mod lambda;
mod lease;
pub mod logs;
mod options;
mod process;
mod record;
mod start;
mod supervisor;
mod task;

pub use self::{
    backend::{Healed, LocalBackend},
    lease::is_abandoned,
    options::{LocalOptions, Secrets, SupervisorProgram},
    process::this_process,
    supervisor::{SuperviseError, supervise},
};
