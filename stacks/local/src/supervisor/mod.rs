//! The supervisor: the process that outlives the command.
//!
//! One loop, in [`run`], owns all that changes: commands, ends of processes, health and time come in as [`Input`]s; [`core`] looks
//! at everything after each, and acts. What to do is decided in [`decide`] and in [`ragctl_stacks::timing`], which know no process.

mod cleanup;
mod core;
mod crew;
mod decide;
mod front;
mod pace;
mod report;
mod rollout;
mod run;
mod scheduler;
mod steps;
mod store;
mod teller;

use std::path::{Path, PathBuf};

use ragctl_stacks::{backend::BackendError, timing::container_check::Check};

use crate::control::server::Asked;

/// Why a supervisor could not start, or ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// The stack's folder or one of its files cannot be used.
    #[error("the stack in {} cannot be supervised", root.display())]
    Unusable {
        /// The stack's folder.
        root: PathBuf,
        /// Why.
        source: BackendError,
    },
    /// The system refused what every supervisor needs.
    #[error("could not {doing}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Supervises the stack in `root` until nothing of it is left, or until SIGTERM, after which its tasks are stopped.
///
/// Ends at once when another process supervises it already, and with its tasks once the process `owner` is gone, where one is named.
///
/// # Errors
///
/// When the record cannot be understood, or the folder cannot be written.
pub async fn supervise(root: &Path, owner: Option<u32>) -> Result<(), SuperviseError> {
    run::run(root, owner).await
}

/// What the core is told.
#[derive(Debug)]
enum Input {
    /// A command asks for something.
    Asked(Asked),
    /// A process that we started has ended.
    Ended {
        /// The task.
        task: String,
        /// How.
        exit: Exit,
    },
    /// A task has begun to listen on its port.
    Listens {
        /// The task.
        task: String,
    },
    /// A task's own check has run.
    Checked {
        /// The task.
        task: String,
        /// What it found.
        check: Check,
    },
    /// A target is there, is gone, or does otherwise than before.
    TargetsChanged,
    /// A request found nobody to answer it.
    Knocked,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exit {
    code: Option<i32>,
    how: String,
}
