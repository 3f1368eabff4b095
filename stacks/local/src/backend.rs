//! The backend of this machine. Reading is reading the record; what changes anything goes through the supervisor.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use ragctl_stacks::{
    address::Kind,
    backend::{Backend, BackendError, Reply},
    event::Events,
    lease::Lease,
    live::Live,
    plan::{Action, Step},
    resource::{Resource, TaskDefinition},
    status::{State, Status, Task, TaskState},
};
use tokio::time::sleep;

use crate::{
    clock::{ScaleOutOfRange, TimeScale},
    control::{
        Perform, Settings, Values,
        client::{CallError, Client},
    },
    folder::Folder,
    lease,
    options::LocalOptions,
    process,
    record::{Record, TaskRecord},
    start,
};

/// How long a supervisor with nothing left may take to end.
const LEAVE_LIMIT: Duration = Duration::from_secs(5);

/// Runs stacks on this machine.
#[derive(Debug)]
pub struct LocalBackend {
    options: LocalOptions,
    folder: Folder,
}

/// What [`LocalBackend::heal`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Healed {
    /// Nothing of the stack exists, so nothing needs a supervisor.
    NothingThere,
    /// The supervisor answers.
    WasWell,
    /// There was no supervisor. A new one has taken the tasks over.
    Restarted,
}

impl LocalBackend {
    /// The backend of one stack. Nothing is read or made yet.
    #[must_use]
    pub fn new(options: LocalOptions) -> Self {
        let folder = Folder::new(&options.root);
        Self { options, folder }
    }

    /// The stack's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Where clients reach the stack; `None` when it has no balancer.
    ///
    /// # Errors
    ///
    /// When the record cannot be read.
    pub fn endpoint(&self) -> Reply<Option<String>> {
        Ok(self.record()?.and_then(|it| it.endpoint()))
    }

    /// Starts the supervisor again when it has died. Tasks that still run are taken over.
    ///
    /// # Errors
    ///
    /// When the record cannot be read, or no supervisor can be started.
    pub async fn heal(&self) -> Reply<Healed> {
        let Some(record) = self.record()? else { return Ok(Healed::NothingThere) };
        if start::answering(&self.folder).await?.is_some() {
            return Ok(Healed::WasWell);
        }
        let secrets = self.secrets_at_hand(&record);
        self.tell(Settings { secrets, ..Settings::default() }).await?;
        Ok(Healed::Restarted)
    }

    /// Lets the stack's timings run at the speed of the options from now on; does nothing when nothing of it exists.
    ///
    /// # Errors
    ///
    /// When the supervisor does not answer and cannot be started.
    pub async fn set_time_scale(&self) -> Reply<()> {
        match self.record()? {
            Some(record) if !same(record.time_scale, self.options.time_scale) => {
                let secrets = self.secrets_at_hand(&record);
                let time_scale = Some(self.time_scale()?);
                self.tell(Settings { time_scale, secrets, ..Settings::default() }).await
            }
            _ => Ok(()),
        }
    }

    /// Hands the supervisor the secrets that can be looked up: one that was started again has none.
    ///
    /// # Errors
    ///
    /// When the supervisor does not answer and cannot be started.
    pub async fn set_secrets(&self) -> Reply<()> {
        let Some(record) = self.record()? else { return Ok(()) };
        let secrets = self.secrets_at_hand(&record);
        if secrets.0.is_empty() {
            return Ok(());
        }
        self.tell(Settings { secrets, ..Settings::default() }).await
    }

    /// Wakes the stack or sends it to sleep; whether it was otherwise.
    async fn turn(&self, awake: bool) -> Reply<bool> {
        let record = self.record()?.ok_or(BackendError::NeverSleeps)?;
        let sleeps = record.resources.keys().any(|it| it.kind == Kind::Idle);
        if !sleeps {
            return Err(BackendError::NeverSleeps);
        }
        if record.service.asleep != awake {
            return Ok(false);
        }
        let secrets = self.secrets_at_hand(&record);
        self.tell(Settings { secrets, awake: Some(awake), ..Settings::default() }).await?;
        Ok(true)
    }

    /// Hands settings to the supervisor, started if there is none; to the next one when it was about to end, or was killed.
    async fn tell(&self, settings: Settings) -> Reply<()> {
        let client = start::ensure(&self.folder, &self.options.supervisor).await?;
        match client.settings(&settings).await {
            Err(CallError::NotSent(_) | CallError::Ending | CallError::NoAnswer(_)) => {
                let client = start::ensure(&self.folder, &self.options.supervisor).await?;
                Ok(client.settings(&settings).await?)
            }
            done => Ok(done?),
        }
    }

    fn time_scale(&self) -> Reply<f64> {
        let refused = |error: ScaleOutOfRange| BackendError::Refused {
            operation: "the time scale".to_owned(),
            reason: error.to_string(),
        };
        Ok(TimeScale::new(self.options.time_scale).map_err(refused)?.factor())
    }

    fn record(&self) -> Reply<Option<Record>> {
        Record::load(&self.folder)
    }

    /// The values of all secrets that are there; what is missing is found missing when a task needs it.
    fn secrets_at_hand(&self, record: &Record) -> Values {
        let named = record.revisions.values().flat_map(|it| it.secrets.values());
        let found = named.filter_map(|it| Some((it.clone(), (self.options.secrets)(it).ok()?)));
        Values(found.collect())
    }

    /// The values of all secrets that tasks of `definition` need.
    fn secrets_of(&self, definition: &TaskDefinition) -> Reply<Values> {
        let found = definition.secrets.iter().map(|(variable, reference)| {
            let value = (self.options.secrets)(reference).map_err(|reason| {
                let (variable, reference) = (variable.clone(), reference.clone());
                BackendError::SecretMissing { variable, reference, reason }
            })?;
            Ok((reference.clone(), value))
        });
        Ok(Values(found.collect::<Reply<_>>()?))
    }

    /// The secrets that must go along with `step`.
    fn secrets_for(&self, step: &Step, record: Option<&Record>) -> Reply<Values> {
        let mut values = record.map(|it| self.secrets_at_hand(it)).unwrap_or_default();
        let definition = match step.action.wanted() {
            Some(Resource::TaskDefinition(it)) => Some(it),
            Some(Resource::Service(it)) => record.and_then(|record| record.revision(&it.revision)),
            _ => None,
        };
        if let Some(definition) = definition {
            values.0.extend(self.secrets_of(definition)?.0);
        }
        Ok(values)
    }

    async fn attempt(&self, perform: &Perform, events: &dyn Events) -> Result<(), CallError> {
        let client = start::ensure(&self.folder, &self.options.supervisor).await;
        let client = client.map_err(CallError::Refused)?;
        if client.perform(perform, events).await? {
            self.supervisor_has_left(&client).await;
        }
        Ok(())
    }

    /// Waits until a supervisor with nothing left has ended: a stack that was destroyed leaves no process.
    async fn supervisor_has_left(&self, client: &Client) {
        let asked = Instant::now();
        while client.is_alive() && asked.elapsed() < LEAVE_LIMIT {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON
}

impl Backend for LocalBackend {
    async fn live(&self) -> Reply<Live> {
        let record = self.record()?;
        Ok(record.into_iter().flat_map(|it| it.resources.into_values()).collect())
    }

    async fn perform(&self, step: &Step, events: &dyn Events) -> Reply<()> {
        let record = self.record()?;
        if record.is_none() && matches!(step.action, Action::Delete(_)) {
            return Ok(());
        }
        let secrets = self.secrets_for(step, record.as_ref())?;
        let time_scale = self.time_scale()?;
        let stack = self.options.stack.clone();
        let perform = Perform { stack, step: step.clone(), time_scale, secrets };
        match self.attempt(&perform, events).await {
            // It was about to end, or was killed. Every step can be repeated, so a new one is asked.
            Err(CallError::NotSent(_) | CallError::Ending | CallError::NoAnswer(_)) => {
                Ok(self.attempt(&perform, events).await?)
            }
            done => Ok(done?),
        }
    }

    async fn take_lease(&self, lease: &Lease) -> Reply<()> {
        lease::take(&self.folder, lease)
    }

    async fn release_lease(&self, id: &str) -> Reply<()> {
        lease::release(&self.folder, id)
    }

    async fn lease(&self) -> Reply<Option<Lease>> {
        lease::held(&self.folder)
    }

    async fn status(&self) -> Reply<Option<Status>> {
        let Some(record) = self.record()? else { return Ok(None) };
        let Some(supervisor) = start::living(&record) else {
            return Ok(Some(unsupervised(&record)));
        };
        // One that does not answer is as good as gone; one that is ending still tells.
        let told = Client::new(supervisor.clone()).status().await;
        Ok(told.unwrap_or_else(|_| Some(unsupervised(&record))))
    }

    async fn wake(&self) -> Reply<bool> {
        self.turn(true).await
    }

    async fn sleep(&self) -> Reply<bool> {
        self.turn(false).await
    }
}

/// What the record alone tells.
fn unsupervised(record: &Record) -> Status {
    let living = record.tasks.iter().filter(|it| process::is_alive(it.pid, it.started));
    Status {
        state: State::Unsupervised,
        endpoint: record.endpoint(),
        revision: record.service().map(|it| it.revision.clone()),
        rollout: record.service.rollout.clone(),
        tasks: living.map(unwatched).collect(),
        scaling: None,
        requests: None,
        schedules: Vec::new(),
        time_scale: record.time_scale,
        notes: vec![
            "the supervisor is gone, so nothing answers at the endpoint; `ragctl deploy` starts it again"
                .to_owned(),
        ],
    }
}

fn unwatched(task: &TaskRecord) -> Task {
    Task {
        id: task.id.clone(),
        revision: task.revision.clone(),
        state: TaskState::Starting,
        pid: Some(task.pid),
        address: Some(format!("127.0.0.1:{}", task.port)),
        started_at: task.started_at,
        healthy_after_ms: task.healthy_after_ms,
        in_flight: None,
        cpu_percent: None,
        memory_bytes: process::resident_bytes(task.pid),
    }
}
