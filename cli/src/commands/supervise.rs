use std::path::PathBuf;

use crate::{exit::Exit, failure::Failure};

/// Supervise a stack on this machine; `deploy` starts this
#[derive(clap::Args, Debug)]
pub(crate) struct SuperviseArgs {
    /// Folder of the stack
    #[arg(long)]
    root: PathBuf,

    /// Process that the stack does not outlive
    #[arg(long, value_name = "PID")]
    owner: Option<u32>,
}

/// What the supervisor does is a log that `ragctl logs --supervisor` shows: lines that begin with their time.
fn log() {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_ansi(false)
        .with_target(false)
        // A line that cannot be written, as on a full disk, is lost. To say so on stderr would panic: that is the same file.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .init();
}

pub(crate) async fn run(args: &SuperviseArgs) -> Result<Exit, Failure> {
    log();
    ragctl_local::supervise(&args.root, args.owner)
        .await
        .map_err(|error| Failure::Supervise(Box::new(error)))?;
    Ok(Exit::Done)
}
