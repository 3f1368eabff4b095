//! Where documents are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::secret::SecretReference;

/// Where the service keeps its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// `SQLite`, in one file.
    Sqlite {
        /// The folder that the file lies in: on this machine relative to the stack's file, on
        /// AWS a path in the container.
        path: PathBuf,
    },
    /// Postgres with pgvector. The database is somebody else's: ragctl neither makes nor removes it.
    Postgres {
        /// Where its address is kept, which holds a password.
        url: SecretReference,
    },
}
