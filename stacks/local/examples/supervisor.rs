//! The supervisor as a program of its own, for the tests of this package: `supervisor ROOT`.

use std::{path::PathBuf, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::DEBUG).init();
    let root = std::env::args_os().nth(1).map(PathBuf::from).expect("the stack's folder");
    match ragctl_local::supervise(&root, None).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, cause = ?std::error::Error::source(&error), "it cannot go on");
            ExitCode::FAILURE
        }
    }
}
