//! From a command to the stack's supervisor: the one that lives, or a new one.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use ragctl_stacks::backend::{BackendError, Reply};
use tokio::{process::Command, time::sleep};

use crate::{
    control::client::{CallError, Client},
    folder::{Folder, unusable},
    options::SupervisorProgram,
    process,
    record::{Record, Supervisor},
};

/// How long a supervisor may take until it answers. It starts in milliseconds; the rest is for a busy machine.
const START_LIMIT: Duration = Duration::from_secs(20);

/// After how long another one is started in the place of one that gave way.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// Between two looks for its answer.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The supervisor that the record names, if its process lives.
pub(crate) fn living(record: &Record) -> Option<&Supervisor> {
    record.supervisor.as_ref().filter(|it| process::is_alive(it.pid, it.started))
}

/// What is found where the record says that a supervisor is.
enum Found {
    /// It takes commands.
    Answers(Client),
    /// It was told to end, and stops its tasks first.
    Ends,
    Nobody,
}

async fn look(folder: &Folder) -> Reply<Found> {
    let Some(record) = Record::load(folder)? else { return Ok(Found::Nobody) };
    let Some(supervisor) = living(&record) else { return Ok(Found::Nobody) };
    let client = Client::new(supervisor.clone());
    Ok(match client.hello().await {
        Ok(()) => Found::Answers(client),
        Err(CallError::Ending) => Found::Ends,
        Err(_) => Found::Nobody,
    })
}

/// The supervisor that takes commands now; `None` when none does.
pub(crate) async fn answering(folder: &Folder) -> Reply<Option<Client>> {
    Ok(match look(folder).await? {
        Found::Answers(client) => Some(client),
        Found::Ends | Found::Nobody => None,
    })
}

/// The supervisor that answers, started if none does. Of several that are started at once, one stays.
pub(crate) async fn ensure(folder: &Folder, with: &SupervisorProgram) -> Reply<Client> {
    if let Some(client) = answering(folder).await? {
        return Ok(client);
    }
    folder.make()?;
    let mut child = spawn(folder, with)?;
    let mut started = Instant::now();
    let mut tried = started;
    loop {
        match look(folder).await? {
            Found::Answers(client) => return Ok(client),
            // How long that takes, its tasks' own limits say; then the next one has its full time.
            Found::Ends => started = Instant::now(),
            Found::Nobody => {}
        }
        if started.elapsed() > START_LIMIT {
            return Err(BackendError::TimedOut {
                what: "starting the supervisor".to_owned(),
                limit: START_LIMIT,
            });
        }
        match child.try_wait() {
            Ok(Some(status)) if !status.success() => {
                return Err(BackendError::SupervisorGone {
                    reason: format!("it ended at its start, {status}: {}", last_words(folder)),
                });
            }
            // It found another at work, which answers soon, or was just about to end: then there is room for one now.
            Ok(Some(_)) if tried.elapsed() > TRY_AGAIN_AFTER => {
                folder.make()?;
                (child, tried) = (spawn(folder, with)?, Instant::now());
            }
            _ => {}
        }
        sleep(LOOK_EVERY).await;
    }
}

fn spawn(folder: &Folder, with: &SupervisorProgram) -> Reply<tokio::process::Child> {
    let path = folder.supervisor_log();
    let mut options = OpenOptions::new();
    let log = options.append(true).create(true).mode(0o600).open(&path);
    let log = log.map_err(|source| unusable(&path, "written", source))?;
    let again = log.try_clone().map_err(|source| unusable(&path, "written", source))?;
    Command::new(&with.program)
        .args(&with.args)
        .current_dir(existing(folder.base()))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(again)
        .spawn()
        .map_err(|source| BackendError::ProgramUnusable { path: with.program.clone(), source })
}

fn existing(path: &Path) -> &Path {
    path.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("/"))
}

fn last_words(folder: &Folder) -> String {
    let text = std::fs::read_to_string(folder.supervisor_log()).unwrap_or_default();
    text.lines().next_back().unwrap_or("it said nothing").to_owned()
}
