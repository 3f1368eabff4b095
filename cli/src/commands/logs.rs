use std::pin::pin;

use futures_util::{Stream, TryStreamExt};
use ragctl_local::logs::{Of, Start, follow, tail};
use ragctl_stacks::{
    backend::{Backend, Reply},
    log::LogLine,
    stack::Target,
};

use crate::{
    backend::AnyBackend,
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
///
/// On Fargate it is read from CloudWatch Logs, which gets it some seconds after it is logged.
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

    /// On this machine: the supervisor's log instead of the tasks'
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
    if args.supervisor && project.stack.target != Target::Local {
        return Err(Failure::NoSupervisor(project.stack.target));
    }
    let (backend, output) = (session.backend(&project).await?, session.output);
    if args.follow {
        let following = async {
            let is_there = backend.aws().is_none() || backend.status().await?.is_some();
            if !is_there {
                return Err(Failure::NothingDeployed(project.stack.name.to_string()));
            }
            match &backend {
                AnyBackend::Aws(aws) => {
                    print(aws.follow(args.task.as_deref(), args.lines), output).await
                }
                AnyBackend::Local(_) | AnyBackend::Fake(_) => {
                    let start = Start::Last(args.lines);
                    print(follow(&project.state_folder(), of(&args), start), output).await
                }
            }
        };
        tokio::select! {
            // Listening comes first: whoever has seen a line may press Ctrl-C.
            biased;
            () = interrupted() => {}
            done = following => done?,
        }
        return Ok(Exit::Done);
    }
    let lines = match &backend {
        AnyBackend::Aws(aws) => aws.tail(args.task.as_deref(), args.lines).await?,
        AnyBackend::Local(_) | AnyBackend::Fake(_) => {
            tail(&project.state_folder(), &of(&args), args.lines)?
        }
    };
    if lines.is_empty() && backend.live().await?.is_empty() {
        return Err(Failure::NothingDeployed(project.stack.name.to_string()));
    }
    for line in lines {
        output.item(&line)?;
    }
    Ok(Exit::Done)
}

/// Whose lines, on this machine.
fn of(args: &LogsArgs) -> Of {
    match &args.task {
        Some(id) => Of::Task(id.clone()),
        None if args.supervisor => Of::Supervisor,
        None => Of::Tasks,
    }
}

async fn print(lines: impl Stream<Item = Reply<LogLine>>, output: Output) -> Result<(), Failure> {
    let mut lines = pin!(lines);
    while let Some(line) = lines.try_next().await? {
        output.item(&line)?;
    }
    Ok(())
}
