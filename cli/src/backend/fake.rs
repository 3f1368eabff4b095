//! The fake, kept in a file between two commands, so that tests run the whole program without anything to deploy to.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ragctl_stacks::{
    address::{Address, Kind},
    backend::{Backend, BackendError, Reply},
    event::Events,
    fake::{Fake, FakeState},
    lease::Lease,
    live::Live,
    plan::Step,
    status::{State, Status},
};
use serde::{Deserialize, Serialize};

/// The fake in `fake.json` of a folder.
#[derive(Debug)]
pub(crate) struct FakeFile {
    path: PathBuf,
}

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// What the fake holds.
    state: FakeState,
    /// How it should say that the stack is doing; tests write it.
    #[serde(default)]
    status: Option<Status>,
    /// How long a step takes, in milliseconds; tests write it.
    #[serde(default)]
    step_ms: u64,
}

impl FakeFile {
    /// The fake whose file lies in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join("fake.json") }
    }

    fn load(&self) -> Reply<Record> {
        let unusable = |source| self.unusable("read", source);
        match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Record::default()),
            Err(error) => Err(unusable(error)),
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| BackendError::RecordUnreadable {
                    path: self.path.clone(),
                    reason: error.to_string(),
                })
            }
        }
    }

    fn save(&self, record: &Record) -> Reply<()> {
        let folder = self.path.parent().expect("the file lies in a folder");
        fs::create_dir_all(folder).map_err(|source| self.unusable("made", source))?;
        let beside = self.path.with_extension("new");
        let json = serde_json::to_vec_pretty(record).expect("a record has a JSON form");
        let written = fs::write(&beside, json).and_then(|()| fs::rename(&beside, &self.path));
        written.map_err(|source| self.unusable("written", source))
    }

    fn unusable(&self, doing: &'static str, source: io::Error) -> BackendError {
        BackendError::FileUnusable { path: self.path.clone(), doing, source }
    }

    /// Lets the fake do something, and keeps what came of it. The fake never waits, so nothing comes between.
    async fn with<T>(&self, work: impl AsyncFnOnce(&Fake) -> Reply<T>) -> Reply<T> {
        let record = self.load()?;
        let before = record.state.clone();
        let fake = Fake::new(record.state);
        let done = work(&fake).await;
        let state = fake.state();
        if state.resources.is_empty() && state.lease.is_none() && before != state {
            // As on a real backend, a stack that is gone leaves nothing.
            fs::remove_file(&self.path)
                .or_else(gone)
                .map_err(|source| self.unusable("removed", source))?;
            self.path.parent().map(fs::remove_dir);
        } else if before != state {
            self.save(&Record { state, ..record })?;
        }
        done
    }
}

/// What can be said of resources alone.
fn derived(state: &FakeState) -> Status {
    let has_service = state.resources.contains_key(&Address::app(Kind::Service));
    Status::of(match has_service {
        false => State::Incomplete,
        true if state.asleep => State::Asleep,
        true => State::Running,
    })
}

fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

impl Backend for FakeFile {
    async fn live(&self) -> Reply<Live> {
        self.with(async |fake: &Fake| fake.live().await).await
    }

    async fn perform(&self, step: &Step, events: &dyn Events) -> Reply<()> {
        let pause = std::time::Duration::from_millis(self.load()?.step_ms);
        tokio::time::sleep(pause).await;
        self.with(async |fake: &Fake| fake.perform(step, events).await).await
    }

    async fn take_lease(&self, lease: &Lease) -> Reply<()> {
        self.with(async |fake: &Fake| fake.take_lease(lease).await).await
    }

    async fn release_lease(&self, id: &str) -> Reply<()> {
        self.with(async |fake: &Fake| fake.release_lease(id).await).await
    }

    async fn lease(&self) -> Reply<Option<Lease>> {
        Ok(self.load()?.state.lease)
    }

    async fn status(&self) -> Reply<Option<Status>> {
        let Record { state, status, .. } = self.load()?;
        Ok(status.or_else(|| (!state.resources.is_empty()).then(|| derived(&state))))
    }

    async fn wake(&self) -> Reply<bool> {
        self.with(async |fake: &Fake| fake.wake().await).await
    }

    async fn sleep(&self) -> Reply<bool> {
        self.with(async |fake: &Fake| fake.sleep().await).await
    }
}
