use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use ragctl_aws::Reach;
use ragctl_stacks::{
    bench::import::{Import, ImportError, Passed, PhaseSamples, TaskTimes, read as tasks_in},
    budget::{Measured, Range},
    outlook::Facts,
    shape::Shape,
    stack::Target,
};
use serde::Serialize;

use super::read;
use crate::{
    backend::AnyBackend,
    commands::duration,
    exit::Exit,
    facts,
    failure::Failure,
    measured,
    output::progress::waiting,
    session::{Project, Session, shown},
};

/// Take times of your own account over, so that `plan` and `budget` predict with them
///
/// Without a file, ECS is asked for the stack's tasks, running and stopped, which it keeps for about an hour, and
/// CloudWatch Logs for what the service has logged of its starts; on Lambda, the log alone. Nothing is changed on AWS.
///
/// A file has tasks in JSON: answers of `aws ecs describe-tasks` or of an SDK, events "ECS Task State Change" of
/// EventBridge, or a log with a line for each of them. Tasks of other services are passed over.
///
/// The times go to `.ragctl/<stack>/measured.json`. Phases that were measured this time take the place of what is there,
/// the others stay.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: what the account knows of the last day, and what it does to the prediction\n  \
                        ragctl bench import --dry-run\n\n\
                        Example: tasks that the CLI has described\n  \
                        aws ecs describe-tasks --cluster handbook --tasks $IDS | ragctl bench import -"
)]
pub(crate) struct ImportArgs {
    /// File with tasks in JSON; `-` for stdin [default: the stack's account is asked]
    #[arg(value_name = "FILE")]
    source: Option<PathBuf>,

    /// How many tasks of the account to take at most, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000), conflicts_with = "source")]
    tasks: u16,

    /// How far to look back in the account, in s, m or h
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration, conflicts_with = "source")]
    since: Duration,

    /// Forget what was measured before
    #[arg(long)]
    replace: bool,

    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was taken over.
#[derive(Serialize)]
pub(crate) struct Imported {
    pub(crate) stack: String,
    /// On what it was measured.
    #[serde(rename = "where")]
    pub(crate) place: String,
    /// How many tasks gave at least one time.
    pub(crate) tasks: usize,
    /// How many starts in the log did.
    pub(crate) starts: usize,
    pub(crate) phases: Vec<PhaseSamples>,
    pub(crate) passed_over: Vec<Passed>,
    /// How many lines of the file are no JSON.
    pub(crate) unread_lines: usize,
    /// From nothing to the first answer, by what was known before.
    #[serde(rename = "before_s")]
    pub(crate) before: Range,
    /// The same with these times.
    #[serde(rename = "now_s")]
    pub(crate) now: Range,
    /// The file that was written; none: nothing was.
    pub(crate) written: Option<String>,
}

/// What a source gives.
struct Taken {
    import: Import,
    place: String,
    unread_lines: usize,
}

pub(crate) async fn run(args: &ImportArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let facts = match args.replace {
        // Also a record that cannot be used.
        true => facts::in_passing(&project, session.output),
        false => facts::usual(&project)?,
    };
    let taken = match &args.source {
        Some(path) => of_file(path, &project)?,
        None => of_account(args, session, &project).await?,
    };
    let Taken { import, place, unread_lines } = taken;
    let kept = facts.measured.as_ref().filter(|_| !args.replace);
    let new = import.measured(&place).over(kept);
    let written = match args.dry_run {
        true => None,
        false => Some(shown(&measured::save(&project, &new)?)),
    };
    let (before, now) = predictions(&project, facts, new);
    session.output.result(&Imported {
        stack: project.stack.name.to_string(),
        place,
        tasks: import.tasks,
        starts: import.starts,
        phases: import.phases(),
        passed_over: import.passed,
        unread_lines,
        before,
        now,
        written,
    })?;
    Ok(Exit::Done)
}

/// Until the first answer where nothing is set up ahead: by the facts as they are, and with these times.
fn predictions(project: &Project, facts: Facts, measured: Measured) -> (Range, Range) {
    let shape = Shape::wanted(&project.stack);
    let before = facts.cold_start(&shape).beyond();
    let facts = Facts { measured: Some(measured), ..facts };
    (before, facts.cold_start(&shape).beyond())
}

fn of_file(path: &Path, project: &Project) -> Result<Taken, Failure> {
    let unusable = |source| Failure::NothingToImport { path: path.to_owned(), source };
    let found = tasks_in(&read(path)?).map_err(unusable)?;
    let mut import = Import::default();
    import.take_tasks(project.stack.name.as_str(), &found.tasks);
    if import.is_empty() {
        return Err(unusable(ImportError::NoTimes(import.passed)));
    }
    let region = found.tasks.first().and_then(TaskTimes::region);
    let place = place(project, region);
    Ok(Taken { import, place, unread_lines: found.unread_lines })
}

fn place(project: &Project, region: Option<&str>) -> String {
    let region = region.map(|it| format!(", {it}")).unwrap_or_default();
    format!("{} on {}{region}", project.stack.name, project.stack.target)
}

async fn of_account(
    args: &ImportArgs,
    session: &Session,
    project: &Project,
) -> Result<Taken, Failure> {
    let backend = match project.stack.target {
        Target::Local => return Err(Failure::MeasuredHere),
        Target::Fargate | Target::Lambda => session.aws(project).await?,
    };
    let AnyBackend::Aws(aws) = &backend else { return Err(Failure::MeasuredHere) };
    let since = SignedDuration::try_from(args.since).unwrap_or(SignedDuration::MAX);
    let since = Timestamp::now().checked_sub(since).unwrap_or(Timestamp::UNIX_EPOCH);
    let most = usize::from(args.tasks);
    let reach = Reach { tasks: most, since };
    let found = waiting("reading what starts have taken", aws.cold_times(reach)).await?;
    let mut import = Import::default();
    import.take_tasks(project.stack.name.as_str(), &found.tasks);
    import.take_starts(&found.starts, most, memory(project));
    if import.is_empty() {
        let stack = project.stack.name.to_string();
        let source = (!import.passed.is_empty()).then_some(ImportError::NoTimes(import.passed));
        return Err(Failure::NoStarts { stack, since: args.since, source });
    }
    if found.is_cut {
        session
            .output
            .warn("the log says more of starts than was read: `--since 1h` looks at the newest");
    }
    Ok(Taken { import, place: place(project, Some(aws.region())), unread_lines: 0 })
}

/// The memory of the stack's function, where it is one.
fn memory(project: &Project) -> Option<u32> {
    match Shape::wanted(&project.stack) {
        Shape::Function(function) => Some(function.memory),
        Shape::Tasks(_) => None,
    }
}
