use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use ragctl_stacks::{
    cost::Estimate,
    outlook::Facts,
    shape::Shape,
    simulate::{DAY, Happening, Scenario, Simulated, Times, simulate, watched},
    strategy,
};
use serde::Serialize;

use super::{deploy::time_scale, duration};
use crate::{
    exit::Exit,
    facts::{self, MeasuredArgs, PricesArgs},
    failure::Failure,
    output::{json, report::ReportArgs},
    session::{Project, Session},
    traffic::TrafficArgs,
};

/// Simulate the stack over days and months: who waits how long, and what it costs
///
/// Requests, tasks, health checks, autoscaling, sleep and wake, event by event, with the state machines that run a stack
/// on this machine. Phases of cold starts take as long as was measured (`ragctl bench`), or as `ragctl budget` predicts.
/// The same seed gives the same result.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: four weeks of what the file's `budget` expects\n  ragctl simulate\n\n\
                  Example: office hours, and the log of what happened on the way\n  \
                  ragctl simulate --pattern \"office 60/h, mon-sun 0-24 2/h\" --events events.jsonl\n\n\
                  Example: the share of requests that meet a cold start, for a script\n  \
                  ragctl simulate --rate 10/h --json | jq .cold_share"
)]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    traffic: TrafficArgs,

    /// How long a caller keeps asking that is told to come again
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "240s")]
    patience: Duration,

    /// The day that is told slot by slot, from 0 [default: 1, the second]
    #[arg(long, value_name = "N")]
    day: Option<u32>,

    /// Write all that happens to a file: JSON, a line each
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,

    /// How many times faster than real time the stack's clock runs on this machine
    #[arg(long, value_name = "N", value_parser = time_scale, default_value = "1")]
    time_scale: f64,

    #[command(flatten)]
    measured: MeasuredArgs,

    #[command(flatten)]
    prices: PricesArgs,

    #[command(flatten)]
    report: ReportArgs,
}

/// A stack that was simulated.
#[derive(Serialize)]
pub(crate) struct SimulatedStack {
    pub(crate) stack: String,
    pub(crate) target: String,
    /// The strategies that are on.
    pub(crate) strategies: Vec<&'static str>,
    /// The share of requests that met a cold start, from 0 to 1.
    pub(crate) cold_share: f64,
    #[serde(flatten)]
    pub(crate) simulated: Simulated,
    /// A month of it; none where it costs nothing.
    pub(crate) month: Option<Estimate>,
}

pub(crate) fn run(args: &SimulateArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let facts = facts::of(&project, &args.measured, &args.prices)?;
    let scenario = args.scenario(&project, &facts)?;
    let simulated = match &args.events {
        None => simulate(&scenario),
        Some(path) => with_events(&scenario, path)?,
    };
    let told = SimulatedStack {
        stack: project.stack.name.to_string(),
        target: project.stack.target.to_string(),
        strategies: strategy::names_on(&project.stack),
        cold_share: (simulated.cold_share() * 1e6).round() / 1e6,
        month: facts.estimate_of(&scenario.shape, &simulated),
        simulated,
    };
    session.output.result(&told)?;
    args.report.write(&told)?;
    Ok(Exit::Done)
}

impl SimulateArgs {
    fn scenario(&self, project: &Project, facts: &Facts) -> Result<Scenario, Failure> {
        let shape = Shape::wanted(&project.stack);
        let times = Times::of(&shape, facts);
        let traffic = self.traffic.traffic(&project.stack.budget)?;
        let length = self.traffic.length(&traffic);
        let usual = Scenario::new(shape, times, traffic, length);
        let last = u32::try_from(length.as_secs() / DAY.as_secs()).unwrap_or(u32::MAX);
        Ok(Scenario {
            seed: self.traffic.seed,
            patience: self.patience,
            day: self.day.map_or(usual.day, |it| it.min(last.saturating_sub(1))),
            time_scale: self.time_scale,
            ..usual
        })
    }
}

/// Something that happened, and when.
#[derive(Serialize)]
struct Event {
    at_s: f64,
    #[serde(flatten)]
    what: Happening,
}

fn with_events(scenario: &Scenario, path: &Path) -> Result<Simulated, Failure> {
    let unwritable = |source| Failure::Unwritable { path: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(unwritable)?);
    let mut failed = None;
    let simulated = watched(scenario, &mut |at: Duration, what: Happening| {
        let millis = at.as_secs_f64() * 1e3;
        let line = json::line(&Event { at_s: millis.round() / 1e3, what });
        if failed.is_none() {
            failed = file.write_all(line.as_bytes()).err();
        }
    });
    match failed {
        None => file.flush().map_err(unwritable).map(|()| simulated),
        Some(error) => Err(unwritable(error)),
    }
}
