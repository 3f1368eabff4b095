//! Where documents are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
}
