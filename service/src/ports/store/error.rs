//! Why a store refused.

/// Why a store refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder, or the database, cannot be used.
    #[error("the store {place} cannot be used: {reason}")]
    Unusable {
        /// The file, or the server and its database; never a password.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// No space is left.
    #[error("no space is left for the store {place}")]
    Full {
        /// As of `Unusable`.
        place: String,
    },
    /// It may only be read: its disk, or the server while it is a replica.
    #[error("the store {place} is read-only")]
    ReadOnly {
        /// As of `Unusable`.
        place: String,
    },
    /// Its server does not answer, or not in time. It may later.
    #[error("the store {place} cannot be reached: {reason}")]
    Unreachable {
        /// As of `Unusable`.
        place: String,
        /// What the transport said.
        reason: String,
    },
    /// A newer program wrote it.
    #[error("the store {place} has schema {found}, and this program knows {known} at most")]
    Newer {
        /// As of `Unusable`.
        place: String,
        /// What it says.
        found: u32,
        /// What we know.
        known: u32,
    },
    /// It holds vectors of another model.
    #[error("the store holds vectors of `{stored}`, and `{wanted}` is set")]
    OtherModel {
        /// In the store.
        stored: String,
        /// In the settings.
        wanted: String,
    },
    /// The engine failed otherwise.
    #[error("the store failed: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}

impl StoreError {
    /// What keeps a store that is well from being written, in words for clients; `None` for all that is a fault.
    #[must_use]
    pub const fn obstacle(&self) -> Option<&'static str> {
        match self {
            Self::Full { .. } => Some("no space is left on the disk of the documents"),
            Self::ReadOnly { .. } => Some("the store of the documents is read-only"),
            Self::Unreachable { .. } => Some("the store of the documents cannot be reached"),
            Self::Unusable { .. }
            | Self::Newer { .. }
            | Self::OtherModel { .. }
            | Self::Failed { .. } => None,
        }
    }
}
