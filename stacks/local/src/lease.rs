//! The stack's lease, in `lease.json`.

use std::{fs::File, os::unix::fs::MetadataExt, path::Path};

use ragctl_stacks::{
    backend::{BackendError, Reply},
    lease::Lease,
};

use crate::{
    folder::{self, Folder, unusable},
    process,
};

/// Takes `lease`, or refuses while another one lasts: until it has run out, or until its holder is known to be dead.
pub(crate) fn take(folder: &Folder, lease: &Lease) -> Reply<()> {
    folder.make()?;
    let _held = lock(folder)?;
    match held(folder)? {
        Some(held) if held.id != lease.id && !held.has_expired(lease.taken_at) => {
            Err(BackendError::Leased(Box::new(held)))
        }
        _ => {
            let json = serde_json::to_vec_pretty(lease).expect("a lease has a JSON form");
            let written = folder::write(&folder.lease(), &json);
            if written.is_err() {
                // A disk that was full or read-only before anything was made is left as it was.
                folder.remove_if_empty();
            }
            written
        }
    }
}

/// Gives the lease with this id back; does nothing when it is gone.
pub(crate) fn release(folder: &Folder, id: &str) -> Reply<()> {
    if !folder.root().is_dir() {
        return Ok(());
    }
    let _held = lock(folder)?;
    if read(folder)?.is_some_and(|held| held.id == id) {
        folder::remove(&folder.lease())?;
    }
    folder.remove_if_empty();
    Ok(())
}

/// The lease that somebody holds, run out or not; that of a dead process is nobody's.
pub(crate) fn held(folder: &Folder) -> Reply<Option<Lease>> {
    Ok(read(folder)?.filter(|it| !is_abandoned(it)))
}

/// Whether the process that holds it is gone. Only its own machine can tell; for others it has to run out.
#[must_use]
pub fn is_abandoned(lease: &Lease) -> bool {
    lease.process.as_ref().is_some_and(|it| process::is_gone(&lease.host, it))
}

/// The lease in the file.
fn read(folder: &Folder) -> Reply<Option<Lease>> {
    let path = folder.lease();
    let Some(bytes) = folder::read(&path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| BackendError::RecordUnreadable {
        path,
        reason: format!("it is broken ({error}); if nobody is deploying, remove it"),
    })
}

/// Waits for the sole right to look at the lease and change it. Held for a few file operations; the system gives it
/// back when the holder dies.
fn lock(folder: &Folder) -> Reply<File> {
    let path = folder.lease_lock();
    loop {
        folder.make()?;
        let file = open(&path).map_err(|source| unusable(&path, "made", source))?;
        file.lock().map_err(|source| unusable(&path, "locked", source))?;
        if is_at(&file, &path) {
            return Ok(file);
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    File::options().create(true).write(true).truncate(false).open(path)
}

/// Whether `file` is still the one at `path`: it may have been removed between opening and locking.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        process::Command,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use jiff::Timestamp;
    use ragctl_stacks::lease::Process;

    use super::*;
    use crate::process::this_process;

    fn lease(id: &str, at: Timestamp) -> Lease {
        let text = || "x".to_owned();
        Lease {
            format: Lease::FORMAT,
            id: id.to_owned(),
            holder: text(),
            host: text(),
            process: None,
            command: text(),
            taken_at: at,
            expires_at: at + Lease::LASTS,
        }
    }

    #[test]
    fn of_many_who_take_a_free_lease_one_gets_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&home.path().join(".ragctl/shop"));
        let (taken, now) = (Arc::new(AtomicUsize::new(0)), Timestamp::UNIX_EPOCH);
        std::thread::scope(|scope| {
            for id in 0..16 {
                let (folder, taken) = (folder.clone(), Arc::clone(&taken));
                scope.spawn(move || {
                    if take(&folder, &lease(&id.to_string(), now)).is_ok() {
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(taken.load(Ordering::Relaxed), 1);
    }

    /// A lease of this machine, held by `process`.
    fn lease_of(process: Process) -> Lease {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Lease { host, process: Some(process), ..lease("theirs", Timestamp::UNIX_EPOCH) }
    }

    /// A process that was killed.
    fn killed() -> Process {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let started = process::started(child.id()).unwrap();
        let killed = Process { id: child.id(), started, ..this_process() };
        child.kill().unwrap();
        child.wait().unwrap();
        killed
    }

    #[test]
    fn the_lease_of_a_killed_holder_is_taken_over_at_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        take(&folder, &lease_of(killed())).unwrap();
        assert_eq!(held(&folder).unwrap(), None);
        let ours = lease("ours", Timestamp::UNIX_EPOCH);
        take(&folder, &ours).unwrap();
        assert_eq!(held(&folder).unwrap(), Some(ours));
    }

    #[test]
    fn the_lease_of_a_live_holder_and_of_another_machine_has_to_run_out() {
        let elsewhere = Lease { host: "elsewhere".to_owned(), ..lease_of(killed()) };
        for theirs in [lease_of(this_process()), elsewhere] {
            let home = tempfile::tempdir().unwrap();
            let folder = Folder::new(home.path());
            take(&folder, &theirs).unwrap();
            let refused = take(&folder, &lease("ours", Timestamp::UNIX_EPOCH));
            assert!(matches!(refused, Err(BackendError::Leased(held)) if *held == theirs));
            take(&folder, &lease("ours", theirs.expires_at)).unwrap();
        }
    }

    #[test]
    fn giving_back_the_last_lease_leaves_no_folder() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&home.path().join(".ragctl/shop"));
        take(&folder, &lease("ours", Timestamp::UNIX_EPOCH)).unwrap();
        release(&folder, "ours").unwrap();
        assert!(!folder.root().exists());
    }

    #[test]
    fn a_broken_lease_names_its_file() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        std::fs::write(folder.lease(), "{").unwrap();
        let error = read(&folder).unwrap_err().to_string();
        assert!(error.contains("lease.json") && error.contains("remove it"), "{error}");
    }
}
