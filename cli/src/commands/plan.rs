use std::{fs, path::PathBuf};

use ragctl_stacks::{backend::Backend, plan::plan};

use crate::{exit::Exit, failure::Failure, session::Session};

/// Show what `deploy` would change, and change nothing
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: review a plan, then carry out exactly that one\n  \
                        ragctl plan --out ragctl.plan\n  \
                        ragctl deploy --plan ragctl.plan")]
pub(crate) struct PlanArgs {
    /// Exit with 2 when there is something to do, with 0 when there is nothing
    #[arg(long)]
    detailed_exitcode: bool,

    /// Write the plan to a file, for `deploy --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn run(args: PlanArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let desired = session.desired(&project)?;
    let live = session.backend(&project)?.live().await?;
    let plan = plan(&desired, &live)?;
    session.output.result(&plan)?;
    if let Some(path) = args.out {
        let written = fs::write(&path, plan.to_json());
        written.map_err(|source| Failure::Unwritable { path: path.clone(), source })?;
        session.output.note(&format!("`ragctl deploy --plan {}` carries it out", path.display()));
    }
    Ok(if args.detailed_exitcode && !plan.is_empty() { Exit::Changes } else { Exit::Done })
}
