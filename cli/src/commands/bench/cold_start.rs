use std::{fs, path::PathBuf, time::Duration};

use ragctl_stacks::{
    advise::{Aim, Goal},
    bench::{ColdStarts, ProviderModel, Summary},
    stack::{Stack, Target},
};
use serde::Serialize;

use super::{
    ablation::{self, Asked},
    lambda,
};
use crate::{
    bench::{
        fargate,
        local::{self, Terms},
        seed,
    },
    change::{self, Consent, Lent},
    commands::deploy::time_scale,
    exit::Exit,
    failure::Failure,
    measured,
    output::{
        human::{Human, text::count},
        json,
        report::{Drawn, ReportArgs},
    },
    session::{Project, Session, shown},
    traffic::TrafficArgs,
};

/// Force cold starts, and measure them: phase by phase, and line by line as the seed's test does
///
/// All tasks are stopped. Then `/health` is asked for until it answers 200; a question follows, and a second one. A 202 or a 503 with
/// `Retry-After` is followed as it says.
///
/// On this machine real processes run behind the balancer in a stack of its own, in a temporary folder: the deployed one is never
/// touched.
///
/// On Fargate it is the deployed stack: with `idle` it is sent to sleep and woken, else its tasks are replaced. Its users wait meanwhile, so
/// that it asks first. On Lambda, versions are published for it and deleted again, as `lambda measure` does; clients notice nothing.
///
/// With `--provider-model`, models are called at a provider with given latency in place of the file's, and the service that the seed describes is
/// measured beside ours.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: what a cold start takes, kept for predictions\n  \
                        ragctl bench cold-start -n 10 --save\n\n\
                        Example: the seed's table, measured; without a file, a key or a network\n  \
                        ragctl bench cold-start --provider-model seed --report seed.html\n\n\
                        Example: which strategies to switch on, for a goal\n  \
                        ragctl bench cold-start --strategies all -n 3 --goal p95=5s --pattern \"office 20/h\"")]
pub(crate) struct ColdStartArgs {
    /// Cold starts
    #[arg(short, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    n: u32,

    /// Questions of each after the second one, for what a warm one takes
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    warm: u32,

    /// On this machine: how many times faster than real the stack's time runs, and a given provider with it [default: 1; 10 with
    /// --provider-model]
    #[arg(long, value_name = "N", value_parser = time_scale)]
    time_scale: Option<f64>,

    /// Provider with given latency to call, and the service before to compare with: `seed`, or a file
    #[arg(long, value_name = "MODEL", conflicts_with = "save")]
    provider_model: Option<String>,

    /// Keep the phases in `.ragctl/<stack>/measured.json`, where predictions take them from
    #[arg(long)]
    save: bool,

    /// On Fargate: do not ask before tasks are replaced
    #[arg(long, short)]
    yes: bool,

    /// Also write the result as JSON to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Measure every combination of strategies that makes sense, and simulate and price each: `all`
    #[arg(long, value_name = "WHICH", value_parser = ["all"], conflicts_with = "save")]
    strategies: Option<String>,

    /// With `--strategies`: the most that a percentile of all answers may take, such as p95=5s
    #[arg(long, value_name = "GOAL", requires = "strategies")]
    goal: Option<Goal>,

    /// With `--strategies`: the most that a month may cost, in dollars; on this machine, in hours of tasks
    #[arg(long, value_name = "USD", value_parser = Aim::money, requires = "strategies")]
    budget: Option<f64>,

    #[command(flatten, next_help_heading = "With --strategies")]
    traffic: TrafficArgs,

    #[command(flatten)]
    report: ReportArgs,
}

/// Cold starts, and what they have in common.
#[derive(Serialize)]
pub(crate) struct Forced {
    #[serde(flatten)]
    pub(crate) record: ColdStarts,
    pub(crate) summary: Summary,
}

/// The service before and ours, against the same provider.
#[derive(Serialize)]
pub(crate) struct Table {
    pub(crate) model: ProviderModel,
    /// The lines that are told of it elsewhere.
    pub(crate) told: Option<ragctl_stacks::bench::SeedLines>,
    pub(crate) before: Forced,
    pub(crate) ours: Forced,
}

impl Forced {
    /// With what they have in common.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub(crate) fn of(record: ColdStarts) -> Self {
        let summary = record.summary().expect("there is at least one run");
        Self { record, summary }
    }
}

/// What others see who wait for the stack.
const COMMAND: &str = "ragctl bench cold-start";

/// The speed at which a given provider is measured where nobody says another: a run takes seconds.
const FASTER: f64 = 10.0;

pub(crate) async fn run(args: ColdStartArgs, session: &Session) -> Result<Exit, Failure> {
    if args.strategies.is_some() {
        return combinations(&args, session).await;
    }
    match &args.provider_model {
        Some(name) => {
            let model = model(name)?;
            table(model, &args, session).await
        }
        None => {
            let project = session.project_to_plan()?;
            if args.time_scale.is_some() && project.stack.target != Target::Local {
                return Err(Failure::NotTogether("--time-scale", "a stack on AWS"));
            }
            let record = match project.stack.target {
                Target::Local => here(&project, &args, session).await?,
                Target::Fargate => on_fargate(&project, &args, session).await?,
                Target::Lambda => {
                    lambda::cold_starts(&project.stack, session, args.n, args.warm).await?
                }
            };
            let saved =
                args.save.then(|| measured::save_over(&project, record.measured())).transpose()?;
            tell(&Forced::of(record), &args, session)?;
            if let Some(path) = saved {
                session.output.note(&format!("the phases are kept in {}", shown(&path)));
            }
            Ok(Exit::Done)
        }
    }
}

async fn combinations(args: &ColdStartArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project_to_plan()?;
    let model = args.provider_model.as_deref().map(model).transpose()?;
    let usual = if model.is_some() { FASTER } else { 1.0 };
    let asked = Asked {
        aim: Aim { goal: args.goal, monthly: args.budget },
        traffic: &args.traffic,
        runs: args.n,
        warm: args.warm,
        time_scale: args.time_scale.unwrap_or(usual),
        model: model.as_ref(),
    };
    let all = ablation::all(&project, &asked, session).await?;
    tell(&all, args, session)?;
    let advice = &all.advice;
    let falls_short = !advice.reaches_its_aim();
    Ok(if falls_short { Exit::OverBudget } else { Exit::Done })
}

async fn here(
    project: &Project,
    args: &ColdStartArgs,
    session: &Session,
) -> Result<ColdStarts, Failure> {
    let service = session.program_here(Some(project))?;
    let terms = Terms {
        runs: args.n,
        warm: args.warm,
        time_scale: args.time_scale.unwrap_or(1.0),
        service: &service,
        key: session.api_key(),
        model: None,
        words: "cold start",
    };
    local::cold_starts(&project.stack, &terms).await
}

async fn on_fargate(
    project: &Project,
    args: &ColdStartArgs,
    session: &Session,
) -> Result<ColdStarts, Failure> {
    agreed(args, session, &project.stack).await?;
    let backend = session.backend(project).await?;
    let nothing = || Failure::NothingDeployed(project.stack.name.to_string());
    let aws = backend.aws().ok_or_else(nothing)?;
    let client = session.client(project).await?;
    let terms = change::Terms {
        command: COMMAND,
        again: COMMAND,
        consent: Consent::Given,
        lease_wait: Duration::ZERO,
        wake: false,
    };
    let lent = Lent::take(session.output, &backend, &terms).await?;
    lent.during(fargate::cold_starts(&project.stack, aws, &client, args.n, args.warm)).await
}

/// Whoever stops what others use must say so.
async fn agreed(args: &ColdStartArgs, session: &Session, stack: &Stack) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let output = session.output;
    let times = count(args.n.try_into().unwrap_or(usize::MAX), "time");
    if !output.can_ask() {
        let what = format!("replacing all tasks of `{}` {times}", stack.name);
        return Err(Failure::ConsentNeeded { what, command: COMMAND.to_owned() });
    }
    let question = format!("This replaces all tasks of `{}` {times}. Go on? [y/N]", stack.name);
    let answer = tokio::task::spawn_blocking(move || output.ask(&question));
    let answer = answer.await.expect("asking does not panic")?;
    let agreed = ["y", "yes"].iter().any(|it| it.eq_ignore_ascii_case(&answer));
    if agreed { Ok(()) } else { Err(Failure::Declined) }
}

async fn table(
    model: ProviderModel,
    args: &ColdStartArgs,
    session: &Session,
) -> Result<Exit, Failure> {
    let project = match session.project_to_plan() {
        Ok(project) => Some(project),
        Err(Failure::NoStackFile(_)) => None,
        Err(failure) => return Err(failure),
    };
    let service = session.program_here(project.as_ref())?;
    let built_in = seed::stack();
    let stack: &Stack = project.as_ref().map_or(&built_in, |it| &it.stack);
    let terms = Terms {
        runs: args.n,
        warm: args.warm,
        time_scale: args.time_scale.unwrap_or(FASTER),
        service: &service,
        key: session.api_key(),
        model: Some(&model),
        words: "",
    };
    let seed::Compared { before, ours } = seed::compared(stack, &model, &terms).await?;
    let (before, ours) = (Forced::of(before), Forced::of(ours));
    tell(&Table { told: model.told, model, before, ours }, args, session)?;
    Ok(Exit::Done)
}

/// The built-in model, or one from a file.
pub(crate) fn model(name: &str) -> Result<ProviderModel, Failure> {
    if name == "seed" {
        return Ok(ProviderModel::seed());
    }
    let path = PathBuf::from(name);
    let text = fs::read_to_string(&path);
    let text = text.map_err(|source| Failure::Unreadable { path: path.clone(), source })?;
    ProviderModel::read(&text).map_err(|source| Failure::ModelUnusable { path, source })
}

fn tell<T: Human + Serialize + Drawn>(
    result: &T,
    args: &ColdStartArgs,
    session: &Session,
) -> Result<(), Failure> {
    session.output.result(result)?;
    if let Some(path) = &args.out {
        fs::write(path, json::document(result))
            .map_err(|source| Failure::Unwritable { path: path.clone(), source })?;
    }
    args.report.write(result)
}
