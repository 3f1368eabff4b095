//! The stack's own copies of the programs that its revisions run.
//!
//! A program may be built anew at its path at any time. A revision must go on running what it was made from: when one of its
//! tasks is restarted, and above all when a newer revision is rolled back to it.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Digest, Program, TaskDefinition},
};

use crate::folder::{Folder, make, unusable};

/// Where the copy of a definition's program lies.
pub(crate) fn copy_of(folder: &Folder, definition: &TaskDefinition) -> PathBuf {
    folder.programs().join(Digest::of(&definition.program).as_str())
}

/// Copies a definition's program, unless it is there already.
pub(crate) fn keep(folder: &Folder, definition: &TaskDefinition) -> Reply<()> {
    let Program::Binary { path, .. } = &definition.program else {
        let address = Address { kind: Kind::TaskDefinition, name: definition.name.clone() };
        return Err(BackendError::NotOnThisTarget(address));
    };
    let path = folder.at_base(path);
    let copy = copy_of(folder, definition);
    if copy.exists() {
        return Ok(());
    }
    runnable(&path)
        .map_err(|source| BackendError::ProgramUnusable { path: path.clone(), source })?;
    make(&folder.programs())?;
    let beside = copy.with_extension("new");
    let copied = fs::copy(&path, &beside).and_then(|_| fs::rename(&beside, &copy));
    if copied.is_err() {
        drop(fs::remove_file(&beside));
    }
    copied.map_err(|source| unusable(&copy, "written", source))
}

fn runnable(path: &Path) -> io::Result<()> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if about.permissions().mode() & 0o111 == 0 {
        return Err(io::Error::other("it is not executable"));
    }
    // Asked for now, so that the answer is the system's own.
    fs::File::open(path).map(drop)
}

/// Removes the copies that none of `definitions` runs.
pub(crate) fn prune<'a>(
    folder: &Folder,
    definitions: impl IntoIterator<Item = &'a TaskDefinition>,
) {
    let kept: BTreeSet<PathBuf> = definitions.into_iter().map(|it| copy_of(folder, it)).collect();
    let Ok(entries) = fs::read_dir(folder.programs()) else { return };
    for path in entries.flatten().map(|it| it.path()).filter(|it| !kept.contains(it)) {
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "could not remove an old program");
        }
    }
}
