use ragctl_stacks::{
    stack::MB_OF_A_CORE,
    tune::{Compared, MemorySize, Subject, compare},
};
use serde::Serialize;

use super::{event::EventArgs, here::Here, memory, on_aws, restoring, tell};
use crate::{
    change::unless_interrupted,
    exit::Exit,
    failure::Failure,
    output::progress::{Wait, during},
    session::Session,
};

/// Measure cold starts against warm runs, and against sandboxes that were set up ahead
///
/// On AWS, cold starts are those of versions that are published for it and deleted again; the alias and its traffic are
/// never touched. Sandboxes set up ahead are those of the version that clients are served by, where it has provisioned
/// concurrency. Time on the network does not count.
///
/// With `--local` the service on this machine is measured in a store of its own with 100 documents, with the file's
/// settings where there is a file.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: what provisioned concurrency would save, without AWS and without a file\n  \
                        ragctl lambda measure --local -n 20\n\n\
                        Example: the 99th percentile of cold starts, for a script\n  \
                        ragctl lambda measure --json | jq .cold.answer_ms.p99"
)]
pub(crate) struct MeasureArgs {
    /// Measure on this machine, without AWS
    #[arg(long)]
    local: bool,

    /// Runs of each sort
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    n: u32,

    /// Memory in MB [default: what the function has; 1769 on this machine]
    #[arg(long, value_name = "MB", value_parser = memory)]
    memory: Option<MemorySize>,

    #[command(flatten)]
    event: EventArgs,
}

/// What runs of each sort take.
#[derive(Serialize)]
pub(crate) struct Measured {
    /// What was measured.
    pub(crate) function: String,
    /// By what the CPU was limited, on this machine.
    pub(crate) limited_by: Option<&'static str>,
    #[serde(flatten)]
    pub(crate) compared: Compared,
    /// How many times sooner than after a cold start there is an answer.
    pub(crate) speed_up: SpeedUp,
}

/// How many times sooner than after a cold start there is an answer, by the medians.
#[derive(Serialize)]
pub(crate) struct SpeedUp {
    /// In a sandbox that had run before.
    pub(crate) warm: f64,
    /// In one that was set up ahead; none where none is.
    pub(crate) ahead: Option<f64>,
}

impl Measured {
    fn new(function: String, limited_by: Option<&'static str>, compared: Compared) -> Self {
        let tenths = |it: f64| (it * 10.0).round() / 10.0;
        let speed_up = SpeedUp {
            warm: tenths(compared.warm_speed_up()),
            ahead: compared.ahead_speed_up().map(tenths),
        };
        Self { function, limited_by, compared, speed_up }
    }
}

pub(crate) async fn run(args: MeasureArgs, session: &Session) -> Result<Exit, Failure> {
    let event = args.event.bytes(session)?;
    let measured = match args.local {
        true => here(session, event, &args).await?,
        false => there(session, event, &args).await?,
    };
    session.output.result(&measured)?;
    Ok(Exit::Done)
}

async fn here(session: &Session, event: Vec<u8>, args: &MeasureArgs) -> Result<Measured, Failure> {
    let mut here = unless_interrupted(Here::set_up(session, event)).await?;
    let size = args.memory.unwrap_or(MemorySize::clamped(MB_OF_A_CORE));
    let work = async |function: &mut _| compared(function, size, args.n).await;
    let compared = restoring(&mut here.function, &here.name, session, work).await?;
    let limited_by = Some(here.limited_by());
    Ok(Measured::new(here.name, limited_by, compared))
}

async fn there(session: &Session, event: Vec<u8>, args: &MeasureArgs) -> Result<Measured, Failure> {
    on_aws(session, "ragctl lambda measure", event, async |function| {
        let size = args.memory.unwrap_or(function.memory());
        let name = format!("{} in {}", function.name(), function.region());
        Ok(Measured::new(name, None, compared(function, size, args.n).await?))
    })
    .await
}

async fn compared(
    function: &mut impl Subject,
    memory: MemorySize,
    runs: u32,
) -> Result<Compared, Failure> {
    let told = Wait::of_parts(runs.into());
    let tell = tell(&told, runs.into());
    let compared = during(&told, compare(function, memory, runs, &tell)).await?;
    compared.map_err(Failure::FunctionFailed)
}
