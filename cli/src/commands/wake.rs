use std::time::{Duration, Instant};

use ragctl_stacks::{
    backend::Backend,
    status::{State, Status},
};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    backend::AnyBackend,
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, text::seconds},
        progress::waiting,
        style::{PLACE, styled},
    },
    session::{Project, Session},
};

/// How often it is looked whether a task answers.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Wake a stack that sleeps, and wait until it answers
///
/// A stack with `idle` sleeps when nobody has asked for a while, and wakes by itself at the next request, which then waits.
/// This wakes it before anybody asks. It sleeps again after the idle time.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: before a demonstration\n  ragctl wake")]
pub(crate) struct WakeArgs {
    /// Return at once, while tasks are starting
    #[arg(long)]
    no_wait: bool,
}

/// How it is now.
#[derive(Serialize)]
struct Woken {
    stack: String,
    /// Whether it had slept.
    changed: bool,
    state: State,
    endpoint: Option<String>,
    took_ms: u128,
    #[serde(skip)]
    took: Duration,
}

impl Human for Woken {
    fn human(&self, _page: Page) -> String {
        let Self { stack, changed, .. } = self;
        let place = self.endpoint.as_ref().map(|it| format!(" at {}", styled(PLACE, it)));
        let place = place.unwrap_or_default();
        match self.state {
            State::Running if *changed => {
                format!("{stack} is awake{place} after {}\n", seconds(self.took))
            }
            State::Running => format!("{stack} is awake{place}, as it was\n"),
            _ => format!("{stack} is waking{place}\n"),
        }
    }
}

pub(crate) async fn run(args: &WakeArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let backend = session.backend(&project).await?;
    let began = Instant::now();
    let changed = waiting("waking it", backend.wake()).await?;
    let status = if args.no_wait {
        status(&project, &backend).await?
    } else {
        let status = waiting("waiting for a task", awake(&project, &backend, began)).await?;
        // Where requests still lead to whoever wakes it, they lead to the tasks from now on.
        backend.wake().await?;
        status
    };
    let took = began.elapsed();
    session.output.result(&Woken {
        stack: project.stack.name.to_string(),
        changed,
        state: status.state,
        endpoint: status.endpoint,
        took_ms: took.as_millis(),
        took,
    })?;
    Ok(Exit::Done)
}

async fn status(project: &Project, backend: &AnyBackend) -> Result<Status, Failure> {
    let status = backend.status().await?;
    status.ok_or_else(|| Failure::NothingDeployed(project.stack.name.to_string()))
}

/// Looks until a task is healthy, as long as a deployment would wait for one.
async fn awake(project: &Project, backend: &AnyBackend, began: Instant) -> Result<Status, Failure> {
    let limit = project.stack.deployment.timeout.duration();
    loop {
        let status = status(project, backend).await?;
        if status.state == State::Running {
            return Ok(status);
        }
        if began.elapsed() > limit {
            return Err(Failure::NotAwake { limit, notes: status.notes });
        }
        sleep(LOOK_EVERY).await;
    }
}
