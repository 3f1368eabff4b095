use std::path::PathBuf;

use clap::ValueEnum;
use ragctl_chart::Tuning;
use ragctl_stacks::{
    cost::Prices,
    tune::{self, Choice, Goal, MemorySize, RunFailed, SizeFigures, Subject, Tariff, Trial, Tried},
};
use serde::Serialize;

use super::{event::EventArgs, here::Here, memory, on_aws, restoring, tell};
use crate::{
    change::unless_interrupted,
    exit::Exit,
    facts::PricesArgs,
    failure::Failure,
    output::{
        chart,
        progress::{Wait, during},
    },
    session::Session,
};

/// Find the memory that a function should have: duration, cold start and cost, size by size
///
/// Each size is tried by forced cold starts and by warm runs. More memory is more CPU, so that a larger size is often
/// faster for the same money, up to a whole processor at 1,769 MB.
///
/// On AWS, versions of the stack's function are published, called and deleted again; `$LATEST` gets back what it had, also
/// after Ctrl-C. What a killed run has left is put back when the next one begins. The alias and its traffic are never
/// touched.
///
/// With `--local` the service on this machine is measured in a store of its own with 100 documents, with the file's
/// settings where there is a file. Its CPU is limited as Lambda limits it, its memory is not.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: without AWS and without a file, with a figure\n  \
                        ragctl lambda tune --local --chart tune.svg\n\n\
                        Example: the stack's function on AWS, for the best balance of cost and time\n  \
                        ragctl lambda tune --goal balanced --question \"What is a stack?\"\n\n\
                        Example: the size alone, for a script\n  \
                        ragctl lambda tune --json | jq .choice.memory_mb")]
pub(crate) struct TuneArgs {
    /// Measure on this machine, without AWS
    #[arg(long)]
    local: bool,

    /// Memory sizes to try, in MB
    #[arg(
        long,
        value_name = "MB,…",
        value_delimiter = ',',
        value_parser = memory,
        default_value = "128,256,512,1024,1769,3008"
    )]
    sizes: Vec<MemorySize>,

    /// Warm runs with each size
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,

    /// Cold starts with each size
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    cold: u32,

    /// What to choose by
    #[arg(long, value_enum, default_value_t = GoalName::Cost)]
    goal: GoalName,

    #[command(flatten)]
    prices: PricesArgs,

    #[command(flatten)]
    event: EventArgs,

    /// File to draw duration and cost into: PNG where its name ends so, else SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// What to choose by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GoalName {
    /// The cheapest warm invocation.
    Cost,
    /// The smallest size within 3 % of the fastest.
    Speed,
    /// Cost and time, half and half.
    Balanced,
}

impl From<GoalName> for Goal {
    fn from(name: GoalName) -> Self {
        match name {
            GoalName::Cost => Self::Cost,
            GoalName::Speed => Self::Speed,
            GoalName::Balanced => Self::Balanced,
        }
    }
}

/// What was found of each size, and which one to have.
#[derive(Serialize)]
pub(crate) struct Tuned {
    /// What was measured.
    pub(crate) function: String,
    /// By what the CPU was limited, on this machine.
    pub(crate) limited_by: Option<&'static str>,
    pub(crate) tariff: Tariff,
    pub(crate) goal: Goal,
    pub(crate) sizes: Vec<Tried>,
    pub(crate) choice: Choice,
}

impl Tuned {
    /// The sizes with which it ran.
    pub(crate) fn measured(&self) -> Vec<SizeFigures> {
        self.sizes.iter().filter_map(|it| it.figures().copied()).collect()
    }
}

/// What was measured, before anything is chosen.
struct Measured {
    function: String,
    limited_by: Option<&'static str>,
    tariff: Tariff,
    sizes: Vec<Tried>,
}

pub(crate) async fn run(args: TuneArgs, session: &Session) -> Result<Exit, Failure> {
    let event = args.event.bytes(session)?;
    let prices = args.prices.read()?;
    let trial =
        Trial { sizes: args.sizes.iter().copied().collect(), cold: args.cold, warm: args.runs };
    let measured = match args.local {
        true => here(session, event, &trial, &prices).await?,
        false => there(session, event, &trial, &prices).await?,
    };
    let tuned = chosen(measured, args.goal.into())?;
    session.output.result(&tuned)?;
    if let Some(path) = args.chart {
        chart::write(&Tuning::from(&tuned), &path)?;
    }
    Ok(Exit::Done)
}

async fn here(
    session: &Session,
    event: Vec<u8>,
    trial: &Trial,
    prices: &Prices,
) -> Result<Measured, Failure> {
    let mut here = unless_interrupted(Here::set_up(session, event)).await?;
    let tariff = Tariff::of(prices, here.architecture, here.region.as_deref());
    let work = async |function: &mut _| measured(function, trial, &tariff).await;
    let sizes = restoring(&mut here.function, &here.name, session, work).await?;
    let limited_by = Some(here.limited_by());
    Ok(Measured { function: here.name, limited_by, tariff, sizes })
}

async fn there(
    session: &Session,
    event: Vec<u8>,
    trial: &Trial,
    prices: &Prices,
) -> Result<Measured, Failure> {
    on_aws(session, "ragctl lambda tune", event, async |function| {
        let tariff = Tariff::of(prices, function.architecture(), Some(function.region()));
        let name = format!("{} in {}", function.name(), function.region());
        let sizes = measured(function, trial, &tariff).await?;
        Ok(Measured { function: name, limited_by: None, tariff, sizes })
    })
    .await
}

async fn measured(
    function: &mut impl Subject,
    trial: &Trial,
    tariff: &Tariff,
) -> Result<Vec<Tried>, Failure> {
    let told = Wait::of_parts(trial.runs());
    let tell = tell(&told, trial.runs());
    Ok(during(&told, tune::tune(function, trial, tariff, &tell)).await?)
}

/// Chooses, where there is something to choose.
fn chosen(measured: Measured, goal: Goal) -> Result<Tuned, Failure> {
    let Measured { function, limited_by, tariff, sizes } = measured;
    let ran: Vec<SizeFigures> = sizes.iter().filter_map(|it| it.figures().copied()).collect();
    match goal.choose(&ran) {
        Some(choice) => Ok(Tuned { function, limited_by, tariff, goal, sizes, choice }),
        None => Err(Failure::FunctionFailed(RunFailed(reason(&sizes)))),
    }
}

/// Why the first size was none.
fn reason(sizes: &[Tried]) -> String {
    let failed = sizes.iter().find_map(|it| match it {
        Tried::Failed(it) => Some(it.reason.clone()),
        Tried::Measured(_) => None,
    });
    failed.unwrap_or_default()
}
