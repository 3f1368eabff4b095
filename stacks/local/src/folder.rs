//! The folder of a stack, `.ragctl/<stack>`: where each file lies, and how files are written so that none is ever half there.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use ragctl_stacks::backend::{BackendError, Reply};

/// The folder of one stack.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at `root`, which need not be there yet. Links are resolved as far as the path exists, so that each
    /// program that looks at the folder knows it by the same name.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: resolved(root) }
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What relative paths in resources start from: the folder that holds `.ragctl`.
    pub(crate) fn base(&self) -> &Path {
        self.root.ancestors().nth(2).unwrap_or(Path::new("/"))
    }

    /// A path of a resource, made absolute.
    pub(crate) fn at_base(&self, path: &str) -> PathBuf {
        self.base().join(path)
    }

    /// What exists, and what runs.
    pub(crate) fn record(&self) -> PathBuf {
        self.root.join("record.json")
    }

    /// Who may change the stack.
    pub(crate) fn lease(&self) -> PathBuf {
        self.root.join("lease.json")
    }

    /// Held by whoever changes the lease, for a moment.
    pub(crate) fn lease_lock(&self) -> PathBuf {
        self.root.join("lease.lock")
    }

    /// Held by the supervisor while it lives.
    pub(crate) fn supervisor_lock(&self) -> PathBuf {
        self.root.join("supervisor.lock")
    }

    /// What the supervisor prints.
    pub(crate) fn supervisor_log(&self) -> PathBuf {
        self.root.join("supervisor.log")
    }

    /// What tasks print.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The programs that revisions run.
    pub(crate) fn programs(&self) -> PathBuf {
        self.root.join("programs")
    }

    /// What one task prints.
    pub(crate) fn task_log(&self, task: &str) -> PathBuf {
        self.logs().join(format!("{task}.log"))
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn make(&self) -> Reply<()> {
        make(&self.root)
    }

    /// Removes the folder when nothing is in it any more.
    pub(crate) fn remove_if_empty(&self) {
        if self.record().exists() || self.lease().exists() {
            return;
        }
        // Whoever gets hold of the lock later sees that it is no longer the file at its path.
        drop(fs::remove_file(self.lease_lock()));
        drop(fs::remove_dir(&self.root));
        if let Some(all) = self.root.parent().filter(|it| it.ends_with(".ragctl")) {
            // Other stacks may be in it, which keeps it.
            drop(fs::remove_dir(all));
        }
    }
}

fn resolved(path: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => {
            resolved(Path::new(".")).join(name)
        }
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path.to_owned(),
    }
}

/// Makes a folder, for its owner alone.
pub(crate) fn make(path: &Path) -> Reply<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| unusable(path, "made", source))
}

/// That `path` cannot be `doing`.
pub(crate) fn unusable(path: &Path, doing: &'static str, source: io::Error) -> BackendError {
    BackendError::FileUnusable { path: path.to_owned(), doing, source }
}

/// The bytes of a file; `None` when it is not there.
pub(crate) fn read(path: &Path) -> Reply<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, "read", error)),
    }
}

/// Writes a file, for its owner alone, so that a reader sees the old one or the new one, whatever happens meanwhile.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Reply<()> {
    let beside = path.with_extension("json.new");
    let written = write_through(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    let flushed = written.and_then(|()| path.parent().map_or(Ok(()), sync_folder));
    flushed.map_err(|source| unusable(path, "written", source))
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Removes a file; succeeds when it is gone already.
pub(crate) fn remove(path: &Path) -> Reply<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(unusable(path, "removed", error))
        }
        _ => Ok(()),
    }
}

/// Removes a folder and all that is in it; succeeds when it is gone already.
pub(crate) fn remove_all(path: &Path) -> Reply<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(unusable(path, "removed", error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_written_file_is_for_its_owner_alone_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&home.path().join(".ragctl/shop"));
        folder.make().unwrap();
        write(&folder.record(), b"{}").unwrap();
        write(&folder.record(), b"[]").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.record()), mode(folder.root())), (0o600, 0o700));
        assert_eq!(read(&folder.record()).unwrap().unwrap(), b"[]");
        assert_eq!(fs::read_dir(folder.root()).unwrap().count(), 1);
    }

    #[test]
    fn relative_paths_start_where_the_state_folder_lies() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&home.path().join(".ragctl/shop"));
        let home = fs::canonicalize(home.path()).unwrap();
        assert_eq!(folder.at_base("data"), home.join("data"));
        assert_eq!(folder.at_base("/srv/data"), Path::new("/srv/data"));
    }
}
