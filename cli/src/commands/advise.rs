use std::time::Duration;

use ragctl_stacks::{
    advise::{Advice, Aim, File, Goal, Judge, choose, of_everything},
    config,
};
use serde::Serialize;

use crate::{
    exit::Exit,
    facts::{self, MeasuredArgs, PricesArgs},
    failure::Failure,
    output::{human::diff::diff, progress::waiting, report::ReportArgs},
    rewrite::rewrite,
    session::Session,
    traffic::TrafficArgs,
};

/// Say which configuration reaches a goal, from the traffic that is expected
///
/// Ways to write the file are simulated with the same requests: sleep, keep-alive around the clock and in the busy hours,
/// warming, probes, more tasks; on Lambda, sandboxes that are set up ahead, and pings. Of those that reach the goal, the
/// cheapest is advised, as a change of the file with its reasons.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: answers within 5 s for 95 of 100, in office hours\n  \
                  ragctl advise --goal p95=5s --pattern \"office 20/h\"\n\n\
                  Example: the fastest for 40 dollars a month, written into the file\n  \
                  ragctl advise --budget 40/month --rate 10/h --apply\n\n\
                  Exit code 3 says that nothing reaches the goal, or nothing for the money.")]
pub(crate) struct AdviseArgs {
    /// The most that a percentile of all answers may take: p50, p95 or p99, with s or ms
    #[arg(long, value_name = "GOAL", required_unless_present = "budget")]
    goal: Option<Goal>,

    /// The most that a month may cost, in dollars; on this machine, in hours of tasks
    #[arg(long, value_name = "USD", value_parser = Aim::money)]
    budget: Option<f64>,

    #[command(flatten)]
    traffic: TrafficArgs,

    /// Write the change into the file, or into the environment that was chosen
    #[arg(long)]
    apply: bool,

    /// Show all ways, not only those of which none other is faster and cheaper
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    measured: MeasuredArgs,

    #[command(flatten)]
    prices: PricesArgs,

    #[command(flatten)]
    report: ReportArgs,
}

/// What is advised for a stack.
#[derive(Serialize)]
pub(crate) struct AdvisedStack {
    pub(crate) stack: String,
    pub(crate) target: String,
    pub(crate) file: String,
    pub(crate) traffic: String,
    #[serde(flatten)]
    pub(crate) advice: Advice,
    /// Whether the file was written.
    pub(crate) applied: bool,
    /// What the change does to the file.
    #[serde(skip)]
    pub(crate) diff: String,
    #[serde(skip)]
    pub(crate) shows_all: bool,
}

pub(crate) async fn run(args: AdviseArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let facts = facts::of(&project, &args.measured, &args.prices)?;
    let traffic = args.traffic.traffic(&project.stack.budget)?;
    let length: Duration = args.traffic.length(&traffic);
    let name = project.file.shown();
    let file = File { text: &project.file.text, name: &name, environment: session.environment() };
    // As the file says it: a strategy that was applied cannot be told from what the file sets.
    let stack = config::load(file.text, file.name, file.environment).map_err(Failure::Mistakes)?;
    let variants = of_everything(&stack, &traffic);
    let judge = Judge { facts: &facts, traffic: &traffic, length, seed: args.traffic.seed };
    let judging = async { judge.all(&file, &variants) };
    let judged = waiting("simulating ways to write the file", judging).await;
    let aim = Aim { goal: args.goal, monthly: args.budget };
    let forbidden = || Failure::NothingToAdvise { file: name.clone() };
    let advice = choose(aim, judged).ok_or_else(forbidden)?;
    let text = advice.choice().variant.written(&file).ok_or_else(forbidden)?;
    let is_changed = text != file.text;
    let applies = args.apply && is_changed;
    if applies {
        rewrite(&project.file.path, &text)?;
    }
    let falls_short = !advice.reaches_its_aim();
    let told = AdvisedStack {
        stack: project.stack.name.to_string(),
        target: project.stack.target.to_string(),
        traffic: traffic.to_string(),
        diff: diff(file.text, &text),
        file: name.clone(),
        advice,
        applied: applies,
        shows_all: args.all,
    };
    session.output.result(&told)?;
    args.report.write(&told)?;
    Ok(if falls_short { Exit::OverBudget } else { Exit::Done })
}
