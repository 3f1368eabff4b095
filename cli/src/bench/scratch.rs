//! A stack of its own on this machine, in a temporary folder: the deployed one is never touched.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::Duration,
};

use ragctl_local::{LocalBackend, LocalOptions};
use ragctl_stacks::{
    address::{Address, Kind},
    apply::apply,
    backend::Backend,
    desired::Desired,
    event::Event,
    live::Live,
    plan::{Action, Plan, Reason, Step, plan},
    resource::{Program, Resource},
    stack::{Idle, IdleTime, Port, Stack, Store, Target, WakeWait},
    status::{State, Task, TaskState},
};
use tempfile::TempDir;
use tokio::{net::TcpStream, time::sleep};

use super::{
    cold::{Subject, Watched, told_by},
    pace::{Asked, Pace},
    question,
};
use crate::{
    cli::ApiKey,
    failure::Failure,
    program,
    service::{Client, Health},
    session::{STATE, secret, supervisor},
};

/// Between two looks at a task. In real time: it starts no faster because the stack's time does.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Where the documents lie, from the temporary folder.
const STORE: &str = "store";

/// A scratch stack. Its folder goes with it; what runs is taken down by [`Scratch::take_down`].
pub(super) struct Scratch {
    desired: Desired,
    backend: LocalBackend,
    pace: Pace,
    limit: Duration,
    /// Talks to it through its balancer.
    pub(super) client: Client,
    key: Option<ApiKey>,
    _folder: TempDir,
}

/// A temporary folder for a scratch stack.
pub(super) fn folder() -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new().prefix("ragctl-bench-").tempdir();
    made.map_err(|source| Failure::Unwritable { path: std::env::temp_dir(), source })
}

impl Scratch {
    /// A stack like `stack` that runs `program`. Nothing of it is there yet.
    pub(super) fn new(
        stack: &Stack,
        program: &Path,
        folder: TempDir,
        pace: Pace,
        key: Option<&ApiKey>,
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let stack = scratch(stack, port);
        let binary = ragctl_stacks::stack::Program::Binary(program.to_owned());
        let program: Program = program::find(&binary, folder.path(), None)?;
        let root = folder.path().join(STATE).join(stack.name.as_str());
        let mut supervisor = supervisor(&root);
        // Whatever ends us, it does not stay.
        supervisor.args.extend(["--owner".into(), std::process::id().to_string().into()]);
        let backend = LocalBackend::new(LocalOptions {
            supervisor,
            root,
            stack: stack.name.to_string(),
            time_scale: pace.0,
            secrets: Box::new(secret),
        });
        let endpoint = format!("http://127.0.0.1:{port}");
        Ok(Self {
            desired: Desired::of(&stack, &program),
            backend,
            pace,
            limit: stack.deployment.timeout.duration(),
            client: Client::new(&endpoint, question::silence(pace), key),
            key: key.cloned(),
            _folder: folder,
        })
    }

    /// Deploys it, as `ragctl deploy` does.
    pub(super) async fn deploy(&self) -> Result<(), Failure> {
        let live = Live::default();
        self.carry_out(&plan(&self.desired, &live)?, &live).await
    }

    /// Takes it down, however far it has come. May be called more than once.
    pub(super) async fn take_down(&self) -> Result<(), Failure> {
        let live = self.backend.live().await?;
        let service = Address::app(Kind::Service);
        if let (None, Some(wanted)) = (live.at(&service), self.desired.at(&service)) {
            // It may be rolled out for the first time, and so in no record yet.
            self.backend.perform(&deletion(wanted), &|_: Event| {}).await?;
        }
        let nothing = Desired::nothing(self.desired.scope.clone());
        self.carry_out(&plan(&nothing, &live)?, &live).await
    }

    async fn carry_out(&self, plan: &Plan, live: &Live) -> Result<(), Failure> {
        let outcome = apply(plan, live, &self.backend, &|_: Event| {}).await?;
        if outcome.is_complete() {
            return Ok(());
        }
        Err(Failure::ScratchFailed { failed: outcome.failed })
    }

    /// The task that runs, or comes to run.
    async fn task(&self) -> Result<Option<Task>, Failure> {
        let Some(status) = self.backend.status().await? else { return Ok(None) };
        if matches!(status.state, State::Unhealthy | State::Unsupervised) {
            return Err(Failure::NotAwake { limit: self.limit, notes: status.notes });
        }
        let leaves = |it: &Task| matches!(it.state, TaskState::Draining | TaskState::Stopping);
        Ok(status.tasks.into_iter().find(|it| !leaves(it)))
    }
}

impl Subject for Scratch {
    async fn cool(&mut self) -> Result<(), Failure> {
        self.backend.sleep().await?;
        loop {
            let status = self.backend.status().await?;
            if status.is_none_or(|it| it.tasks.is_empty() && it.state == State::Asleep) {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn start(&mut self) -> Result<(), Failure> {
        // The first request wakes it.
        Ok(())
    }

    async fn is_alone(&self) -> Result<(), Failure> {
        Ok(())
    }

    async fn watch(&self, asked: Asked) -> Result<Watched, Failure> {
        let mut first: Option<String> = None;
        loop {
            if let Some(task) = self.task().await? {
                if *first.get_or_insert_with(|| task.id.clone()) != task.id {
                    return Err(Failure::StartedAnew);
                }
                if let Some(address) = task.address
                    && TcpStream::connect(&address).await.is_ok()
                {
                    let (runs, listens) = (asked.until(task.started_at), Some(asked.elapsed()));
                    return Ok(Watched { before: None, runs, listens, address: Some(address) });
                }
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn health(&self, watched: &Watched) -> Result<Health, Failure> {
        match &watched.address {
            Some(address) => {
                let endpoint = format!("http://{address}");
                let silence = question::silence(self.pace);
                told_by(&Client::new(&endpoint, silence, self.key.as_ref())).await
            }
            None => told_by(&self.client).await,
        }
    }
}

/// The stack as it is measured: on this machine, on a port and with a store of its own. It sleeps when it is sent to, and only then: that
/// is how a cold start is forced.
fn scratch(stack: &Stack, port: u16) -> Stack {
    let mut stack = stack.clone();
    stack.target = Target::Local;
    stack.load_balancer.port = Port::clamped(u32::from(port));
    stack.store = Store::Sqlite { path: STORE.parse().expect("it is a path") };
    let wait = stack.idle.map_or(WakeWait::MAX, |it| it.wait);
    stack.idle = Some(Idle { after: IdleTime::MAX, wait });
    // A ping would wake it.
    stack.ping = None;
    // Who asks the same again shall be answered anew.
    let cache = "ENABLE_LLM_CACHE".parse().expect("it is the name of a variable");
    stack.service.environment.insert(cache, "false".to_owned());
    stack
}

fn deletion(of: &Resource) -> Step {
    Step {
        address: of.address(),
        action: Action::Delete(of.clone()),
        because: Reason::NotWanted,
        after: std::collections::BTreeSet::new(),
    }
}

fn free_port() -> Result<u16, Failure> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    Ok(port.map_err(Failure::NoPort)?.port())
}
