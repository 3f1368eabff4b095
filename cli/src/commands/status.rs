use std::{io::IsTerminal, time::Duration};

use jiff::Timestamp;
use ragctl_stacks::{
    backend::Backend,
    lease::Lease,
    status::{State, Status},
};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    backend::AnyBackend,
    change::interrupted,
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page},
        progress::waiting,
    },
    service::{Client, Health},
    session::{Project, Session},
};

/// How long the service may take to say how it is. It is asked in passing.
const HEALTH_LIMIT: Duration = Duration::from_secs(2);

/// Between two looks of `--watch`.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Show how the stack is doing
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: watch it fall asleep and wake\n  ragctl status --watch")]
pub(crate) struct StatusArgs {
    /// Go on showing it, every second, until Ctrl-C
    #[arg(long, short)]
    watch: bool,
}

/// How a stack is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Shown {
    /// The stack.
    pub(crate) stack: String,
    /// Where it runs.
    pub(crate) target: String,
    /// What the backend says; `None` when nothing is deployed.
    pub(crate) status: Option<Status>,
    /// Who is changing it.
    pub(crate) lease: Option<Lease>,
    /// What the service says, when it is awake and answers.
    pub(crate) health: Option<Health>,
    /// When this was so.
    #[serde(skip)]
    pub(crate) now: Timestamp,
}

pub(crate) async fn run(args: &StatusArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let backend = session.backend(&project).await?;
    if args.watch {
        tokio::select! {
            // Listening comes first: whoever has seen it may press Ctrl-C.
            biased;
            () = interrupted() => {}
            done = watch(session, &project, &backend) => done?,
        }
    } else {
        session.output.result(&look(&project, &backend, &mut None).await?)?;
    }
    Ok(Exit::Done)
}

/// On a terminal the picture is drawn anew each time; elsewhere it is told when it has changed.
async fn watch(session: &Session, project: &Project, backend: &AnyBackend) -> Result<(), Failure> {
    let in_place = std::io::stdout().is_terminal() && !session.output.is_json();
    let (mut client, mut last) = (None, None);
    loop {
        let shown = look(project, backend, &mut client).await?;
        if in_place {
            let picture = shown.human(Page::of_stdout());
            session.output.text(&format!("\x1b[2J\x1b[H{picture}"))?;
        } else if last.as_ref() != Some(&shown.without_motion()) {
            session.output.item(&shown)?;
            last = Some(shown.without_motion());
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn look(
    project: &Project,
    backend: &AnyBackend,
    client: &mut Option<Client>,
) -> Result<Shown, Failure> {
    let now = Timestamp::now();
    let status = waiting("reading how it stands", backend.status()).await?;
    let lease = backend.lease().await?.filter(|lease| !lease.has_expired(now));
    let health = match status.as_ref().and_then(awake_at) {
        Some(endpoint) => {
            // `/health` is open to all.
            let client = client.get_or_insert_with(|| Client::new(endpoint, HEALTH_LIMIT, None));
            client.health(HEALTH_LIMIT).await.ok()
        }
        None => None,
    };
    let (stack, target) = (project.stack.name.to_string(), project.stack.target.to_string());
    Ok(Shown { stack, target, status, lease, health, now })
}

/// The endpoint of a stack that can answer without being woken.
fn awake_at(status: &Status) -> Option<&str> {
    match status.state {
        State::Running => status.endpoint.as_deref(),
        State::Starting
        | State::Unhealthy
        | State::Asleep
        | State::Waking
        | State::Unsupervised
        | State::Incomplete => None,
    }
}

impl Shown {
    /// Without what changes all the time, so that it can be seen whether anything else has.
    fn without_motion(&self) -> Self {
        let mut still = Self { now: Timestamp::UNIX_EPOCH, ..self.clone() };
        for task in still.status.iter_mut().flat_map(|status| &mut status.tasks) {
            (task.cpu_percent, task.memory_bytes, task.in_flight) = (None, None, None);
        }
        if let Some(status) = &mut still.status {
            status.requests = None;
        }
        still.lease = still.lease.map(|lease| lease.renewed(Timestamp::UNIX_EPOCH));
        still
    }
}
