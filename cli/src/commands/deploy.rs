use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ragctl_stacks::{
    address::Address,
    backend::Backend,
    plan::{Plan, Scope, Summary},
    stack::{ImageReference, Program},
    status::State,
};
use serde::Serialize;

use super::ingest;
use crate::{
    backend::AnyBackend,
    change::{Carried, Consent, Terms, Wanted, change},
    exit::Exit,
    failure::Failure,
    output::{
        human::{
            Human, Page,
            text::{left_for_later, seconds},
        },
        style::{PLACE, styled},
    },
    session::{Project, Session},
};

/// Bring the stack to what its file says
///
/// Shows the plan, asks before anything is lost, and returns once the stack serves. On this machine nothing is asked
/// unless something would be deleted.
///
/// On this machine, tasks run `service.binary` of the file; else the program that `RAGCTL_SERVICE` names; else the
/// rag-service beside ragctl, or on the path.
///
/// Where the file says `service: {image: build}`, the image is built before it is planned, and pushed before tasks need it.
///
/// Ctrl-C stops at once, and running it again goes on. During a rollout on AWS it asks whether to leave that running
/// there or to roll it back.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: deploy, and take a folder's documents in\n  \
                        ragctl deploy --ingest docs\n\n\
                        Example: in CI, carry out the plan that was reviewed\n  \
                        ragctl deploy --plan ragctl.plan --yes --json")]
pub(crate) struct DeployArgs {
    /// Carry out a plan that `plan --out` wrote; refused when something has changed since
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Image to deploy, in place of the file's; later deployments leave it until the file names another
    #[arg(long, value_name = "IMAGE", conflicts_with = "plan")]
    image: Option<ImageReference>,

    #[command(flatten)]
    terms: TermsArgs,

    /// Afterwards, ingest these files and folders
    #[arg(long, value_name = "PATH", num_args = 1..)]
    ingest: Vec<PathBuf>,
}

/// What everything that deploys takes.
#[derive(clap::Args, Debug)]
pub(crate) struct TermsArgs {
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// How long to wait while somebody else is changing the stack
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = super::duration)]
    pub(crate) lease_wait: Duration,

    /// Wake a stack that sleeps, so that a new revision is tried at once; else it sleeps on
    #[arg(long)]
    pub(crate) wake: bool,

    /// On this machine: how many times faster than real idle times, cooldowns and checks run [default: as now, at first 1]
    #[arg(long, value_name = "N", value_parser = time_scale)]
    pub(crate) time_scale: Option<f64>,
}

/// How a deployment ended.
#[derive(Serialize)]
pub(crate) struct Deployed {
    event: &'static str,
    stack: String,
    endpoint: Option<String>,
    asleep: bool,
    summary: Summary,
    took_ms: Option<u128>,
    /// What a later deployment removes, and what it waits for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    postponed: BTreeMap<Address, String>,
    #[serde(skip)]
    took: Option<Duration>,
}

impl Human for Deployed {
    fn human(&self, _page: Page) -> String {
        let place = match &self.endpoint {
            Some(endpoint) => format!(" at {}", styled(PLACE, endpoint)),
            None => String::new(),
        };
        let stack = &self.stack;
        let told = match self.took {
            Some(took) if self.asleep => {
                format!(
                    "{stack} is changed after {}, and sleeps on{place}; the next request tries it, or \
                     `ragctl wake` now\n",
                    seconds(took)
                )
            }
            None if self.asleep => format!("{stack} sleeps{place}, as it was\n"),
            Some(took) => format!("{stack} is up{place} after {}\n", seconds(took)),
            None => format!("{stack} is up{place}, as it was\n"),
        };
        told + &left_for_later(&self.postponed, "ragctl deploy")
    }
}

pub(crate) async fn run(args: DeployArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project_to_plan()?;
    let documents = ingest::find(&args.ingest, project.file.folder())?;
    let wanted = match &args.plan {
        Some(path) => {
            let plan = saved(path, &project)?;
            // What was planned elsewhere is built here too: the same bundle gives the same image.
            match &project.stack.service.program {
                Program::Build(build) => drop(session.built(&project, build).await?),
                Program::Zip { .. } => drop(session.packed(&project).await?),
                Program::Bundled | Program::Binary(_) | Program::Image(_) => {}
            }
            Wanted::Planned(plan)
        }
        None => Wanted::Resources(session.desired(&project, args.image.as_ref()).await?),
    };
    deploy(session, &project, wanted, &args.terms, "ragctl deploy").await?;
    if args.ingest.is_empty() {
        return Ok(Exit::Done);
    }
    ingest::take_in(session, &project, documents, &ingest::Manner::default()).await
}

/// Changes the stack and tells how it can be reached.
pub(crate) async fn deploy(
    session: &Session,
    project: &Project,
    wanted: Wanted,
    args: &TermsArgs,
    command: &'static str,
) -> Result<(), Failure> {
    let backend = session.backend_for_change(project, args.time_scale).await?;
    let consent = if args.yes { Consent::Given } else { Consent::Yes };
    let (lease_wait, wake) = (args.lease_wait, args.wake);
    let terms = Terms { command, again: "ragctl deploy", consent, lease_wait, wake };
    let carried = change(session, project, &backend, wanted, &terms).await?;
    if args.time_scale.is_some() {
        backend.set_time_scale().await?;
    }
    session.output.item(&deployed(project, &backend, carried).await?)
}

async fn deployed(
    project: &Project,
    backend: &AnyBackend,
    carried: Carried,
) -> Result<Deployed, Failure> {
    let status = backend.status().await?;
    Ok(Deployed {
        event: "deployed",
        stack: project.stack.name.to_string(),
        asleep: status.as_ref().is_some_and(|it| it.state == State::Asleep),
        endpoint: status.and_then(|it| it.endpoint),
        summary: carried.summary,
        took_ms: carried.took.map(|it| it.as_millis()),
        postponed: carried.postponed,
        took: carried.took,
    })
}

/// Reads a saved plan; it must be this stack's.
fn saved(path: &Path, project: &Project) -> Result<Plan, Failure> {
    let path = path.to_owned();
    let text = fs::read_to_string(&path);
    let text = text.map_err(|source| Failure::Unreadable { path: path.clone(), source })?;
    let plan = Plan::from_json(&text);
    let plan = plan.map_err(|source| Failure::PlanUnusable { path: path.clone(), source })?;
    let ours = project.scope();
    if plan.scope != ours {
        return Err(Failure::OthersPlan { path, theirs: told(&plan.scope), ours: told(&ours) });
    }
    Ok(plan)
}

fn told(scope: &Scope) -> String {
    let Scope { stack, target, environment } = scope;
    let within = environment.as_ref().map(|it| format!(" in {it}")).unwrap_or_default();
    format!("`{stack}`{within} on target `{target}`")
}

/// Reads a time scale from the command line.
pub(crate) fn time_scale(text: &str) -> Result<f64, String> {
    let wanted = || "a number from 1 to 10000".to_owned();
    let scale: f64 = text.parse().map_err(|_| wanted())?;
    if (1.0..=10_000.0).contains(&scale) { Ok(scale) } else { Err(wanted()) }
}
