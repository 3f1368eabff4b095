use std::{fs, path::PathBuf};

use ragctl_stacks::{backend::Backend, plan::plan, stack::ImageReference};

use crate::{
    exit::Exit,
    facts,
    failure::Failure,
    output::{human::plan::Shown, progress::waiting},
    session::Session,
};

/// Show what `deploy` would change, and change nothing
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: review a plan, then carry out exactly that one\n  \
                        ragctl plan --out ragctl.plan\n  \
                        ragctl deploy --plan ragctl.plan\n\n\
                        Example: comment on a pull request\n  \
                        ragctl plan --env production --markdown > plan.md\n  \
                        gh pr comment --body-file plan.md")]
pub(crate) struct PlanArgs {
    /// Exit with 2 when there is something to do, with 0 when there is nothing
    #[arg(long)]
    detailed_exitcode: bool,

    /// Image to plan with, in place of the file's
    #[arg(long, value_name = "IMAGE")]
    image: Option<ImageReference>,

    /// Print Markdown, for a comment on a pull request; not together with `--json`
    #[arg(long)]
    markdown: bool,

    /// Write the plan to a file, for `deploy --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn run(args: PlanArgs, session: &Session) -> Result<Exit, Failure> {
    if args.markdown && session.output.is_json() {
        return Err(Failure::NotTogether("--markdown", "--json"));
    }
    let project = session.project_to_plan()?;
    let desired = session.desired(&project, args.image.as_ref()).await?;
    let backend = session.backend(&project).await?;
    let live = waiting("reading what exists", backend.live()).await?;
    let plan = plan(&desired.leaving_to_others(&live), &live)?;
    let outlook = facts::in_passing(&project, session.output).change(&plan, &live);
    let shown = Shown { plan: &plan, outlook };
    match args.markdown {
        true => session.output.text(&shown.markdown())?,
        false => session.output.result(&shown)?,
    }
    shown.warn_of(project.stack.budget.monthly, session.output);
    session.output.warnings(&project.warnings);
    if let Some(path) = args.out {
        let written = fs::write(&path, plan.to_json());
        written.map_err(|source| Failure::Unwritable { path: path.clone(), source })?;
        session.output.note(&format!("`ragctl deploy --plan {}` carries it out", path.display()));
    }
    Ok(if args.detailed_exitcode && !plan.is_empty() { Exit::Changes } else { Exit::Done })
}
