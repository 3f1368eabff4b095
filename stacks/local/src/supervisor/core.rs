//! All that the supervisor knows, and what it does after each input.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use ragctl_stacks::{
    backend::{BackendError, Reply},
    resource::{Digest, Resource},
};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    Input,
    crew::{Gate, Running},
    front::Front,
    pace::Pace,
    rollout::UnderWay,
    teller::Teller,
};
use crate::{
    clock::{Clock, TimeScale},
    control::{Settings, Values, server::Asked},
    folder::Folder,
    record::Record,
};

/// All that the supervisor knows.
pub(super) struct Core {
    pub(super) folder: Folder,
    pub(super) record: Record,
    /// Whether the record has changed since it was last written.
    pub(super) unsaved: bool,
    pub(super) clock: Clock,
    pub(super) values: Values,
    pub(super) inputs: mpsc::Sender<Input>,
    /// What is known of each task of the record beyond it.
    pub(super) crew: BTreeMap<String, Running>,
    pub(super) front: Option<Front>,
    pub(super) rollout: Option<UnderWay>,
    /// When tasks of a revision that fails may be started again.
    pub(super) gates: BTreeMap<Digest, Gate>,
    pub(super) pace: Pace,
    /// Commands that wait until the service's last task is gone.
    pub(super) farewells: Vec<Teller>,
    /// What a person should know, by its subject.
    pub(super) notes: BTreeMap<&'static str, String>,
    pub(super) mode: Mode,
    /// When a port that was taken is tried again.
    pub(super) port_retry: Option<Instant>,
    /// Whether something was deleted: when nothing is left then, the supervisor ends.
    pub(super) has_unmade: bool,
}

/// What the supervisor is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It keeps the stack as the record says.
    Working,
    /// It was told to end, and stops all tasks first.
    Ending,
}

/// Between two tries to get a port that another program holds.
const PORT_RETRY: Duration = Duration::from_secs(1);

impl Core {
    /// A supervisor of the stack in `folder`, as its record says.
    pub(super) fn new(folder: Folder, record: Record, inputs: mpsc::Sender<Input>) -> Self {
        let scale = TimeScale::new(record.time_scale).unwrap_or_default();
        Self {
            folder,
            record,
            unsaved: false,
            clock: Clock::start(scale),
            values: Values::default(),
            inputs,
            crew: BTreeMap::new(),
            front: None,
            rollout: None,
            gates: BTreeMap::new(),
            pace: Pace::new(Timestamp::now()),
            farewells: Vec::new(),
            notes: BTreeMap::new(),
            mode: Mode::Working,
            port_retry: None,
            has_unmade: false,
        }
    }

    /// Takes an input in. What follows from it is seen by [`advance`](Self::advance).
    pub(super) fn take(&mut self, input: Input) {
        match input {
            Input::Asked(Asked::Status(reply)) => drop(reply.send(self.status())),
            // What it took on now would end with it: the command asks the next one.
            Input::Asked(Asked::Hello(_) | Asked::Settings(..) | Asked::Perform(..))
                if self.mode == Mode::Ending => {}
            // A command that has gone needs no answer.
            Input::Asked(Asked::Hello(reply)) => reply.send(()).unwrap_or_default(),
            Input::Asked(Asked::Perform(perform, lines)) => self.perform(*perform, lines),
            Input::Asked(Asked::Settings(settings, reply)) => {
                self.take_settings(settings);
                reply.send(()).unwrap_or_default();
            }
            Input::Ended { task, exit } => self.ended(&task, &exit),
            Input::Listens { task } => self.register(&task),
            Input::Checked { task, check } => self.checked(&task, check),
            Input::Knocked => self.knocked(),
            Input::TargetsChanged => {}
        }
    }

    /// Does whatever is due now.
    pub(super) fn advance(&mut self) {
        self.look_after_crew();
        if self.mode == Mode::Working {
            self.hold_port();
            self.keep_pace();
        }
        self.move_tasks();
        if self.crew.is_empty() {
            for teller in std::mem::take(&mut self.farewells) {
                teller.done(self.is_leaving());
            }
        }
        self.save_if_changed();
    }

    /// How long nothing may happen before it has to look again.
    pub(super) fn patience(&self) -> Duration {
        let moving = self.rollout.is_some() || self.crew.values().any(Running::is_leaving);
        // Several looks a minute of the stack's time: a minute without one would be a minute without data for the scaler.
        let look = self.clock.real(Duration::from_secs(if moving { 1 } else { 5 }));
        look.clamp(Duration::from_millis(2), Duration::from_millis(if moving { 20 } else { 250 }))
    }

    /// Whether nothing of the stack is left.
    pub(super) fn is_leaving(&self) -> bool {
        self.record.resources.is_empty() && self.crew.is_empty() && self.rollout.is_none()
    }

    /// Takes over secrets and time scale.
    pub(super) fn take_settings(&mut self, settings: Settings) {
        self.values.0.extend(settings.secrets.0);
        let scale = settings.time_scale.and_then(|it| TimeScale::new(it).ok());
        if let Some(scale) = scale.filter(|it| *it != self.clock.scale()) {
            self.rescale(scale);
        }
        match settings.awake {
            Some(true) => self.knocked(),
            Some(false) => self.lie_down(),
            None => {}
        }
    }

    /// Lets time run at another speed from now on. All that counts time begins anew; tasks that drain keep what is left.
    fn rescale(&mut self, scale: TimeScale) {
        tracing::info!(
            from = self.clock.scale().factor(),
            to = scale.factor(),
            "the time scale changes"
        );
        let now = self.clock.now();
        self.clock = Clock::start(scale);
        self.record.time_scale = scale.factor();
        self.unsaved = true;
        self.crew.values_mut().for_each(|it| it.rescaled(now));
        self.gates.clear();
        self.front = self.front.take().map(|it| it.rescaled(self.clock));
        self.pace = self.pace.rescaled(Timestamp::now());
        self.set_pace();
    }

    /// Puts a resource into the record, on disk and in memory, or into neither.
    pub(super) fn put(&mut self, resource: Resource) -> Reply<()> {
        self.change(|record| {
            record.resources.insert(resource.address(), resource);
        })
    }

    /// Changes the record, on disk and in memory, or neither.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Record)) -> Reply<()> {
        let mut changed = self.record.clone();
        change(&mut changed);
        changed.save(&self.folder)?;
        self.record = changed;
        self.unsaved = false;
        Ok(())
    }

    fn save_if_changed(&mut self) {
        if !self.unsaved {
            return;
        }
        match self.record.save(&self.folder) {
            Ok(()) => {
                self.unsaved = false;
                self.notes.remove("record");
            }
            // Tasks go on, and are found by their environment if this process dies: it is tried again at the next look.
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let note = format!("{error}: {}", cause.unwrap_or_default());
                if self.notes.insert("record", note).is_none() {
                    tracing::error!(%error, "the record cannot be written");
                }
            }
        }
    }

    /// Makes the balancer, and has it hold its port; a port that is taken is tried again later.
    pub(super) fn hold_port(&mut self) {
        let Some(settings) = self.front_settings() else { return };
        let port = self.record.port().unwrap_or(0);
        let (clock, inputs) = (self.clock, self.inputs.clone());
        let front = self.front.get_or_insert_with(|| Front::new(settings, clock, inputs));
        let is_due = self.port_retry.is_none_or(|at| Instant::now() >= at);
        if front.port() == Some(port) || !is_due {
            return;
        }
        match front.serve(port) {
            Ok(()) => {
                self.port_retry = None;
                self.notes.remove("port");
            }
            Err(error) => {
                self.port_retry = Some(Instant::now() + PORT_RETRY);
                self.notes.insert("port", format!("nothing answers at the endpoint: {error}"));
            }
        }
    }

    /// Ends: takes no more requests, and stops all tasks. The handle ends once what is in flight is answered.
    pub(super) fn end(&mut self) -> Option<JoinHandle<()>> {
        tracing::info!("the supervisor was told to end");
        self.mode = Mode::Ending;
        if let Some(rollout) = self.rollout.take() {
            rollout.refuse_all(|| BackendError::SupervisorGone {
                reason: "it was told to end".to_owned(),
            });
        }
        self.front.as_mut().and_then(Front::close)
    }
}
