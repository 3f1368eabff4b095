//! What tasks and the supervisor have printed, and go on printing. Reads only.

mod follow;
mod tail;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ragctl_stacks::backend::Reply;
pub use ragctl_stacks::log::LogLine;

pub(crate) use self::tail::last_lines;
pub use self::{
    follow::{Start, follow},
    tail::tail,
};
use crate::folder::{Folder, unusable};

/// The supervisor's name among the sources.
pub const SUPERVISOR: &str = "supervisor";

/// Whose lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// All tasks, those that have ended too.
    #[default]
    Tasks,
    /// One task.
    Task(String),
    /// The supervisor.
    Supervisor,
    /// All tasks and the supervisor.
    All,
}

impl Of {
    fn includes(&self, source: &str) -> bool {
        match self {
            Self::Tasks => source != SUPERVISOR,
            Self::Task(id) => source == id,
            Self::Supervisor => source == SUPERVISOR,
            Self::All => true,
        }
    }
}

/// A file of lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogFile {
    /// The task's id, or [`SUPERVISOR`].
    pub source: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// The log files of the stack at `root`, the one that was written to longest ago first. Empty when there is no such stack.
///
/// # Errors
///
/// When the folder is there and cannot be read.
pub fn files(root: &Path, of: &Of) -> Reply<Vec<LogFile>> {
    let folder = Folder::new(root);
    let mut found = Vec::new();
    for path in paths(&folder)? {
        let source = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // A file may go between being listed and being looked at.
        let Ok(about) = fs::metadata(&path) else { continue };
        if of.includes(&source) {
            let file = LogFile { source, path, size_bytes: about.len() };
            found.push((about.modified().ok(), file));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

fn paths(folder: &Folder) -> Reply<Vec<PathBuf>> {
    let unreadable = |source| unusable(&folder.logs(), "read", source);
    let mut paths = vec![folder.supervisor_log()];
    match fs::read_dir(folder.logs()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(error)),
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(unreadable)?.path();
                if path.extension().is_some_and(|it| it == "log") {
                    paths.push(path);
                }
            }
        }
    }
    Ok(paths)
}
