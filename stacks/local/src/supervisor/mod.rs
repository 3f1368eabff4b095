//! The supervisor: the process that outlives the command.

use std::path::{Path, PathBuf};

use ragctl_stacks::backend::BackendError;

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
/// Ends at once when another process supervises it already.
///
/// # Errors
///
/// When the record cannot be understood, or the folder cannot be written.
pub async fn supervise(root: &Path) -> Result<(), SuperviseError> {
    run::run(root).await
}

mod run;
