//! The files that tasks print to. Tasks write to them directly, so that nothing is lost when the supervisor dies.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::folder::Folder;

/// How large a task's file may grow; then it is emptied, and its last part kept beside it. Ours: days of ordinary use.
const LARGEST: u64 = 10 * 1024 * 1024;

/// How many files of tasks that have ended are kept. Ours: enough to see why a revision kept failing.
const ENDED_KEPT: usize = 20;

/// Opens the file of a task for appending.
pub(crate) fn open(folder: &Folder, task: &str) -> io::Result<File> {
    fs::create_dir_all(folder.logs())?;
    OpenOptions::new().append(true).create(true).mode(0o600).open(folder.task_log(task))
}

/// Empties a file that someone appends to when it is too large, after copying its last part. What is printed in this very
/// moment may be lost; the writer's file descriptor stays good, since it appends.
pub(crate) fn bound(path: &Path) {
    if fs::metadata(path).is_ok_and(|it| it.len() > LARGEST)
        && let Err(error) = shorten(path)
    {
        tracing::warn!(%error, path = %path.display(), "could not shorten a log");
    }
}

fn shorten(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(LARGEST)))?;
    let mut options = OpenOptions::new();
    let old = options.write(true).create(true).truncate(true).mode(0o600);
    let mut old = old.open(path.with_extension("log.1"))?;
    io::copy(&mut file.by_ref().take(LARGEST), &mut old)?;
    file.set_len(0)
}

/// Removes the oldest files of tasks that have ended.
pub(crate) fn prune(folder: &Folder, living: &BTreeSet<&str>) {
    let Ok(entries) = fs::read_dir(folder.logs()) else { return };
    let mut ended: Vec<_> = entries
        .flatten()
        .filter(|it| {
            let name = it.file_name();
            let task = name.to_str().and_then(|it| it.split('.').next());
            task.is_some_and(|task| !living.contains(task))
        })
        .filter_map(|it| Some((it.metadata().ok()?.modified().ok()?, it.path())))
        .collect();
    ended.sort();
    for (_, path) in ended.iter().take(ended.len().saturating_sub(ENDED_KEPT)) {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(%error, path = %path.display(), "could not remove an old log");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_large_log_is_emptied_while_its_task_goes_on_printing() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        let mut task = open(&folder, "a-1").unwrap();
        task.write_all(&vec![b'x'; usize::try_from(LARGEST).unwrap()]).unwrap();
        task.write_all(b"end\n").unwrap();
        bound(&folder.task_log("a-1"));
        task.write_all(b"more\n").unwrap();
        assert_eq!(fs::read(folder.task_log("a-1")).unwrap(), b"more\n");
        let old = fs::read(folder.logs().join("a-1.log.1")).unwrap();
        assert!(old.ends_with(b"end\n") && old.len() as u64 == LARGEST);
    }

    #[test]
    fn the_oldest_logs_of_ended_tasks_go_and_those_of_living_ones_stay() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        for n in 0..ENDED_KEPT + 5 {
            drop(open(&folder, &format!("a-{n}")).unwrap());
        }
        prune(&folder, &BTreeSet::from(["a-0", "a-1"]));
        assert_eq!(fs::read_dir(folder.logs()).unwrap().count(), ENDED_KEPT + 2);
        assert!(folder.task_log("a-0").exists());
    }
}
