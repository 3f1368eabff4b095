//! What SQLite says, in the store's words.

use std::{io, path::Path};

use rusqlite::{ErrorCode, ffi::SQLITE_IOERR_SHMSIZE};

use crate::ports::StoreError;

/// Why a change or a search did not go through, before anyone has said which file it is about.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// SQLite refused.
    #[error(transparent)]
    Engine(#[from] rusqlite::Error),
    /// What is to be kept cannot be read.
    #[error("the content cannot be read: {0}")]
    Content(#[from] io::Error),
    /// The vectors do not fit those that are there.
    #[error("the store holds vectors of `{stored}`, and `{wanted}` was given")]
    OtherModel { stored: String, wanted: String },
}

impl Refusal {
    /// Says which file it is about.
    pub(super) fn about(self, path: &Path) -> StoreError {
        match self {
            Self::Engine(error) => engine(path, &error),
            Self::Content(_) => StoreError::Failed { reason: self.to_string() },
            Self::OtherModel { stored, wanted } => StoreError::OtherModel { stored, wanted },
        }
    }
}

/// The file, in words.
pub(super) fn place(path: &Path) -> String {
    path.display().to_string()
}

/// SQLite's own refusal.
pub(super) fn engine(path: &Path, error: &rusqlite::Error) -> StoreError {
    let reason = error.to_string();
    // The index of the log could not grow, which SQLite counts among the faults of a disk.
    let has_no_room = |it: &rusqlite::ffi::Error| it.extended_code == SQLITE_IOERR_SHMSIZE;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { place: place(path) },
        Some(_) if error.sqlite_error().is_some_and(has_no_room) => {
            StoreError::Full { place: place(path) }
        }
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { place: place(path) },
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::SystemIoFailure
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport,
        ) => StoreError::Unusable { place: place(path), reason },
        _ => StoreError::Failed { reason },
    }
}

/// The file system's refusal.
pub(super) fn file_system(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { place: place(path) }
        }
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { place: place(path) },
        _ => StoreError::Unusable { place: place(path), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_file_that_may_not_grow_is_full() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "max_page_count", 4).unwrap();
        connection.execute_batch("CREATE TABLE t(x)").unwrap();
        let refused = connection.execute("INSERT INTO t VALUES (zeroblob(100000))", []);
        let told = engine(Path::new("f"), &refused.unwrap_err());
        assert!(matches!(told, StoreError::Full { .. }), "{told:?}");
    }

    #[test]
    fn a_file_that_may_not_be_written_is_read_only() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "query_only", true).unwrap();
        let told =
            engine(Path::new("f"), &connection.execute("CREATE TABLE t(x)", []).unwrap_err());
        assert!(matches!(told, StoreError::ReadOnly { .. }), "{told:?}");
    }

    #[test]
    fn a_disk_without_space_is_full_for_folders_too() {
        let told = file_system(Path::new("f"), &io::ErrorKind::StorageFull.into());
        assert!(matches!(told, StoreError::Full { .. }), "{told:?}");
    }
}
