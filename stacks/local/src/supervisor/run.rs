//! The supervisor's process: one for each stack, from its start to its end.

use std::{
    fs::{File, TryLockError},
    future::Future,
    io::{self, Read},
    path::Path,
    time::{Duration, Instant},
};

use ragctl_stacks::{
    backend::{BackendError, Reply},
    status::RolloutState,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    Input, SuperviseError, cleanup,
    core::{Core, Mode},
};
use crate::{
    control::server,
    folder::{Folder, unusable},
    lease::is_at,
    process::{self, Marked},
    record::{Record, Supervisor},
    task::{adopt, log},
};

/// How many inputs may wait. A task or a command adds one at a time.
const INPUTS_AHEAD: usize = 1024;

/// How long a supervisor without a stack waits for its first step.
const LINGER: Duration = Duration::from_secs(10);

/// Between two looks whether the stack's folder and its owner are still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long orphans may take to end by themselves.
const ORPHAN_LIMIT: Duration = Duration::from_secs(3);

/// How long answers may take to be read when the supervisor ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a lock may be held yet whose holder was killed: by a process that it was about to start.
const LOCK_LIMIT: Duration = Duration::from_millis(200);

/// Supervises the stack in `root`, for as long as the process `owner` lives, where one is named.
pub(super) async fn run(root: &Path, owner: Option<u32>) -> Result<(), SuperviseError> {
    let owner = owner.map(Owner::of);
    if let Err(error) = rustix::process::setsid() {
        // A process that leads a session already, as a service of the system does, needs no new one.
        tracing::debug!(%error, "no new session was made");
    }
    let folder = Folder::new(root);
    let unusable = |source| SuperviseError::Unusable { root: folder.root().to_owned(), source };
    folder.make().map_err(unusable)?;
    let Some(lock) = hold(&folder).await.map_err(unusable)? else {
        tracing::info!("another supervisor is at work");
        return Ok(());
    };
    let system = |doing| move |source| SuperviseError::System { doing, source };
    let stop = stop_asked().map_err(system("listen for signals"))?;
    let (listener, port) = server::listen().await.map_err(system("listen for commands"))?;
    let token = token().map_err(system("make a token"))?;
    let (asked, questions) = mpsc::channel(INPUTS_AHEAD);
    let (tell, inputs) = mpsc::channel(INPUTS_AHEAD);

    let mut core = Core::new(folder.clone(), record(&folder).map_err(unusable)?, tell);
    let pid = std::process::id();
    let started = process::started(pid).unwrap_or_default();
    let supervisor = Supervisor { pid, started, port, token: token.clone() };
    core.change(|record| record.supervisor = Some(supervisor)).map_err(unusable)?;
    tracing::info!(pid, root = %folder.root().display(), "the supervisor starts");

    take_over(&mut core).await;
    let connections = TaskTracker::new();
    let serving = tokio::spawn(server::serve(listener, token, asked, connections.clone()));
    work(&mut core, Inputs { questions, inputs }, stop, &Reasons { lock: &lock, owner }).await;
    // From here on, commands are answered by nobody, and ask the next supervisor.
    serving.abort();
    leave(&core, &lock).map_err(unusable)?;
    connections.close();
    if timeout(FAREWELL, connections.wait()).await.is_err() {
        tracing::warn!("a command did not read its answer in time");
    }
    tracing::info!("the supervisor ends");
    Ok(())
}

fn record(folder: &Folder) -> Reply<Record> {
    let name = folder.root().file_name().unwrap_or_default().to_string_lossy();
    Ok(Record::load(folder)?.unwrap_or_else(|| Record::new(&name, 1.0)))
}

/// Takes the place of the stack's one supervisor; `None` when it is taken. The system frees it when this process dies.
async fn hold(folder: &Folder) -> Reply<Option<File>> {
    let (path, asked) = (folder.supervisor_lock(), Instant::now());
    loop {
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|source| unusable(&path, "made", source))?;
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => return Ok(Some(file)),
            // The one before removed it between our opening and our locking.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if is_dead(folder) && asked.elapsed() < LOCK_LIMIT => {
                sleep(Duration::from_millis(10)).await;
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(unusable(&path, "locked", source)),
        }
    }
}

/// Whether the one that was here last is dead, as the record has it.
fn is_dead(folder: &Folder) -> bool {
    let last = Record::load(folder).ok().flatten().and_then(|it| it.supervisor);
    last.is_some_and(|it| !process::is_alive(it.pid, it.started))
}

/// 32 random bytes of the system, as text.
fn token() -> io::Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Ends when the process is asked to.
fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// Takes over what a supervisor before this one left behind.
async fn take_over(core: &mut Core) {
    let root = core.folder.root().to_owned();
    let tasks = std::mem::take(&mut core.record.tasks);
    let found = adopt::sort(
        tasks.clone(),
        process::tasks_of(&root),
        |it| process::is_alive(it.pid, it.started),
        |it| core.record.revision(&it.revision).is_some(),
    );
    for task in &found.lost {
        tracing::warn!(task = task.id, "a task ended while nobody watched");
    }
    end_orphans(&found.orphans).await;
    if let Some(rollout) = core.record.service.rollout.as_mut()
        && rollout.state == RolloutState::InProgress
    {
        rollout.state = RolloutState::Failed;
        rollout.reason = Some("the supervisor ended in the middle of it".to_owned());
    }
    core.unsaved = true;
    core.hold_port();
    core.set_pace();
    for task in tasks.into_iter().filter(|it| !found.lost.contains(it)) {
        tracing::info!(task = task.id, pid = task.pid, "a running task is taken over");
        let (id, stops) = (task.id.clone(), found.stopped.contains(&task));
        core.join(task, false);
        if stops {
            core.stop(&id);
        }
    }
}

/// Ends processes that carry the stack's mark and that its record does not know.
async fn end_orphans(orphans: &[Marked]) {
    let alive = || orphans.iter().filter(|it| process::is_alive(it.pid, it.started));
    for orphan in alive() {
        tracing::warn!(pid = orphan.pid, task = orphan.task, "an orphan is ended");
        process::terminate(orphan.pid);
    }
    let asked = Instant::now();
    while alive().next().is_some() && asked.elapsed() < ORPHAN_LIMIT {
        sleep(Duration::from_millis(10)).await;
    }
    alive().for_each(|it| process::kill(it.pid));
}

struct Inputs {
    questions: mpsc::Receiver<server::Asked>,
    inputs: mpsc::Receiver<Input>,
}

impl Inputs {
    async fn next(&mut self) -> Option<Input> {
        tokio::select! {
            asked = self.questions.recv() => asked.map(Input::Asked),
            input = self.inputs.recv() => input,
        }
    }
}

/// A process that the stack does not outlive.
struct Owner {
    pid: u32,
    started: Option<u64>,
}

impl Owner {
    fn of(pid: u32) -> Self {
        Self { pid, started: process::started(pid) }
    }

    fn is_gone(&self) -> bool {
        self.started.is_none_or(|it| !process::is_alive(self.pid, it))
    }
}

/// What the stack needs to go on.
struct Reasons<'a> {
    lock: &'a File,
    owner: Option<Owner>,
}

impl Reasons<'_> {
    /// What is gone of it.
    fn gone(&self, core: &mut Core) -> Option<&'static str> {
        if !look_at_folder(core, self.lock) {
            return Some("the stack's folder");
        }
        self.owner.as_ref().is_some_and(Owner::is_gone).then_some("the process that it is for")
    }
}

/// The loop: an input or a moment passed, then a look at everything.
async fn work(
    core: &mut Core,
    mut inputs: Inputs,
    stop: impl Future<Output = ()>,
    reasons: &Reasons<'_>,
) {
    tokio::pin!(stop);
    let (mut looked_at, started) = (Instant::now(), Instant::now());
    let mut closing = None;
    loop {
        tokio::select! {
            Some(input) = inputs.next() => core.take(input),
            () = sleep(core.patience()) => {}
            () = &mut stop, if core.mode == Mode::Working => closing = core.end(),
        }
        core.advance();
        if looked_at.elapsed() > LOOK_EVERY && core.mode == Mode::Working {
            looked_at = Instant::now();
            if let Some(what) = reasons.gone(core) {
                tracing::error!("{what} is gone, so the stack's tasks are stopped");
                closing = core.end();
            }
        }
        let has_lingered = core.has_unmade || started.elapsed() > LINGER;
        let is_over = core.mode == Mode::Ending && core.crew.is_empty();
        if is_over || (core.is_leaving() && has_lingered) {
            break;
        }
    }
    if let Some(closing) = closing
        && timeout(FAREWELL, closing).await.is_err()
    {
        tracing::warn!("a client did not read its answer in time");
    }
}

/// Keeps the folder in order; whether it is still the one that we hold.
fn look_at_folder(core: &mut Core, lock: &File) -> bool {
    log::bound(&core.folder.supervisor_log());
    // Without a record no command would find us, and none could take our place.
    core.unsaved |= !core.folder.record().exists();
    is_at(lock, &core.folder.supervisor_lock())
}

/// Leaves the folder as the next supervisor, or nobody, shall find it.
fn leave(core: &Core, lock: &File) -> Result<(), BackendError> {
    if !is_at(lock, &core.folder.supervisor_lock()) {
        return Ok(());
    }
    if core.is_leaving() {
        return cleanup::remove_all(&core.folder);
    }
    let record = Record { supervisor: None, ..core.record.clone() };
    record.save(&core.folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_lock_of_one_that_was_killed_is_waited_for_and_no_other() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        folder.make().unwrap();
        let first = hold(&folder).await.unwrap().unwrap();
        let recorded = |pid: u32| {
            let (started, token) = (process::started(pid).unwrap_or_default(), String::new());
            let supervisor = Some(Supervisor { pid, started, port: 1, token });
            Record { supervisor, ..Record::new("handbook", 1.0) }.save(&folder).unwrap();
        };
        recorded(std::process::id());
        assert!(hold(&folder).await.unwrap().is_none(), "it lives");
        recorded(u32::MAX / 2);
        // Looked at once in vain before it is freed.
        let (held, ()) = tokio::join!(hold(&folder), async { drop(first) });
        assert!(held.unwrap().is_some());
    }
}
