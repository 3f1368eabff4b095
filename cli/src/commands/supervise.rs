use std::path::PathBuf;

use crate::{exit::Exit, failure::Failure};

/// Supervise a stack on this machine; `deploy` starts this
#[derive(clap::Args, Debug)]
pub(crate) struct SuperviseArgs {
    /// Folder of the stack
    #[arg(long)]
    root: PathBuf,
}

pub(crate) async fn run(args: &SuperviseArgs) -> Result<Exit, Failure> {
    ragctl_local::supervise(&args.root).await.map_err(Failure::Supervise)?;
    Ok(Exit::Done)
}
