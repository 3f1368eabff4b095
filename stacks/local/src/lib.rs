//! Runs a stack on this machine: what ECS, its load balancer and its autoscaling do, in one supervisor.
//!
//! - [`LocalBackend`] is what commands use. It reads the stack's record, and asks the supervisor to carry out steps.
//! - [`supervise`] is the supervisor: a process that outlives the command, owns the tasks, and writes the record.
//! - [`logs`] reads what tasks and the supervisor have printed.

mod backend;
mod control;
mod folder;
mod lease;
pub mod logs;
mod options;
mod process;
mod record;
mod start;
mod supervisor;

pub use self::{
    backend::{Healed, LocalBackend},
    options::{LocalOptions, Secrets, SupervisorProgram},
    supervisor::{SuperviseError, supervise},
};
