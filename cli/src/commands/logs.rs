use std::pin::pin;

use futures_util::{Stream, TryStreamExt};
use ragctl_local::logs::{LogLine, Of, Start, follow, tail};
use ragctl_stacks::backend::{Backend, Reply};

use crate::{
    change::interrupted,
    exit::Exit,
    failure::Failure,
    output::{
        Output,
        human::{Human, Page},
        style::{FAINT, styled},
    },
    session::Session,
};

/// Print what the stack's tasks have logged
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: watch one task\n  ragctl logs -f --task app-3\n\n\
                        Example: what the supervisor did of late\n  ragctl logs --supervisor -n 20")]
pub(crate) struct LogsArgs {
    /// Go on printing what is logged from now on
    #[arg(long, short)]
    follow: bool,

    /// One task alone, by its id in `status`
    #[arg(long, value_name = "ID", conflicts_with = "supervisor")]
    task: Option<String>,

    /// The supervisor's log instead of the tasks'
    #[arg(long)]
    supervisor: bool,

    /// How many of the last lines to print
    #[arg(long, short = 'n', value_name = "LINES", default_value_t = 100)]
    lines: usize,
}

impl Human for LogLine {
    fn human(&self, _page: Page) -> String {
        format!("{} {}\n", styled(FAINT, format!("{} |", self.source)), self.text)
    }
}

pub(crate) async fn run(args: LogsArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let of = match args.task {
        Some(id) => Of::Task(id),
        None if args.supervisor => Of::Supervisor,
        None => Of::Tasks,
    };
    let (root, output) = (project.state_folder(), session.output);
    if args.follow {
        let lines = follow(&root, of, Start::Last(args.lines));
        tokio::select! {
            done = print(lines, output) => done?,
            () = interrupted() => {}
        }
        return Ok(Exit::Done);
    }
    let lines = tail(&root, &of, args.lines)?;
    if lines.is_empty() && session.backend(&project).await?.live().await?.is_empty() {
        return Err(Failure::NothingDeployed(project.stack.name.to_string()));
    }
    for line in lines {
        output.item(&line)?;
    }
    Ok(Exit::Done)
}

async fn print(lines: impl Stream<Item = Reply<LogLine>>, output: Output) -> Result<(), Failure> {
    let mut lines = pin!(lines);
    while let Some(line) = lines.try_next().await? {
        output.item(&line)?;
    }
    Ok(())
}
