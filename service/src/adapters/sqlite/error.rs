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
    /// The vectors do not fit those that are there.
    #[error("the store holds vectors of `{stored}`, and `{wanted}` was given")]
    OtherModel { stored: String, wanted: String },
}

impl Refusal {
    /// Says which file it is about.
    pub(super) fn about(self, path: &Path) -> StoreError {
        match self {
            Self::Engine(error) => engine(path, &error),
            Self::OtherModel { stored, wanted } => StoreError::OtherModel { stored, wanted },
        }
    }
}

/// SQLite's own refusal.
pub(super) fn engine(path: &Path, error: &rusqlite::Error) -> StoreError {
    let reason = error.to_string();
    // The index of the log could not grow, which SQLite counts among the faults of a disk.
    let has_no_room = |it: &rusqlite::ffi::Error| it.extended_code == SQLITE_IOERR_SHMSIZE;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { path: path.into() },
        Some(_) if error.sqlite_error().is_some_and(has_no_room) => {
            StoreError::Full { path: path.into() }
        }
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path: path.into() },
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::SystemIoFailure
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport,
        ) => StoreError::Unusable { path: path.into(), reason },
        _ => StoreError::Failed { reason },
    }
}

/// The file system's refusal.
pub(super) fn file_system(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { path: path.into() }
        }
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path: path.into() },
        _ => StoreError::Unusable { path: path.into(), reason: error.to_string() },
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
