//! A backend's error as it travels from the supervisor to the command.

use std::{io, path::PathBuf, time::Duration};

use ragctl_stacks::{address::Address, backend::BackendError, lease::Lease, resource::Digest};
use serde::{Deserialize, Serialize};

/// A backend's error as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// See [`BackendError::Leased`].
    Leased { lease: Lease },
    /// See [`BackendError::StillNeeded`].
    StillNeeded { address: Address, needed_by: Address },
    /// See [`BackendError::Missing`].
    Missing { address: Address, needs: Address },
    /// See [`BackendError::NotOnThisTarget`].
    NotOnThisTarget { address: Address },
    /// See [`BackendError::PortTaken`].
    PortTaken { host: String, port: u16 },
    /// See [`BackendError::FileUnusable`].
    FileUnusable { path: PathBuf, doing: String, source: System },
    /// See [`BackendError::RecordUnreadable`].
    RecordUnreadable { path: PathBuf, reason: String },
    /// See [`BackendError::ProgramUnusable`].
    ProgramUnusable { path: PathBuf, source: System },
    /// See [`BackendError::SecretMissing`].
    SecretMissing { variable: String, reference: String, reason: String },
    /// See [`BackendError::RolledBack`].
    RolledBack { revision: Digest, reason: String, back_to: Option<Digest>, log: Vec<String> },
    /// See [`BackendError::SupervisorGone`].
    SupervisorGone { reason: String },
    /// See [`BackendError::TimedOut`].
    TimedOut { what: String, limit: Duration },
    /// See [`BackendError::Refused`].
    Refused { operation: String, reason: String },
}

/// What the system said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct System {
    code: Option<i32>,
    text: String,
}

impl From<io::Error> for System {
    fn from(error: io::Error) -> Self {
        Self { code: error.raw_os_error(), text: error.to_string() }
    }
}

impl From<System> for io::Error {
    fn from(said: System) -> Self {
        said.code.map_or_else(|| Self::other(said.text), Self::from_raw_os_error)
    }
}

impl From<BackendError> for Refusal {
    fn from(error: BackendError) -> Self {
        use BackendError as E;
        match error {
            E::Leased(lease) => Self::Leased { lease: *lease },
            E::StillNeeded { address, needed_by } => Self::StillNeeded { address, needed_by },
            E::Missing { address, needs } => Self::Missing { address, needs },
            E::NotOnThisTarget(address) => Self::NotOnThisTarget { address },
            E::PortTaken { host, port } => Self::PortTaken { host, port },
            E::FileUnusable { path, doing, source } => {
                Self::FileUnusable { path, doing: doing.to_owned(), source: source.into() }
            }
            E::RecordUnreadable { path, reason } => Self::RecordUnreadable { path, reason },
            E::ProgramUnusable { path, source } => {
                Self::ProgramUnusable { path, source: source.into() }
            }
            E::SecretMissing { variable, reference, reason } => {
                Self::SecretMissing { variable, reference, reason }
            }
            E::RolledBack { revision, reason, back_to, log, evidence: _ } => {
                Self::RolledBack { revision, reason, back_to, log }
            }
            E::SupervisorGone { reason } => Self::SupervisorGone { reason },
            E::TimedOut { what, limit } => Self::TimedOut { what, limit },
            E::Refused { operation, reason } => Self::Refused { operation, reason },
            // Nothing on this machine is asked of AWS, no step sends anything to sleep, and none is for later.
            other @ (E::NoCredentials { .. }
            | E::OtherAccount { .. }
            | E::OtherTarget { .. }
            | E::NoRegion
            | E::NeverSleeps
            | E::Postponed { .. }
            | E::Unreachable { .. }
            | E::NotAllowed { .. }) => {
                Self::Refused { operation: "a step".to_owned(), reason: other.to_string() }
            }
        }
    }
}

impl From<Refusal> for BackendError {
    fn from(refusal: Refusal) -> Self {
        use Refusal as R;
        match refusal {
            R::Leased { lease } => Self::Leased(Box::new(lease)),
            R::StillNeeded { address, needed_by } => Self::StillNeeded { address, needed_by },
            R::Missing { address, needs } => Self::Missing { address, needs },
            R::NotOnThisTarget { address } => Self::NotOnThisTarget(address),
            R::PortTaken { host, port } => Self::PortTaken { host, port },
            R::FileUnusable { path, doing, source } => {
                Self::FileUnusable { path, doing: known(&doing), source: source.into() }
            }
            R::RecordUnreadable { path, reason } => Self::RecordUnreadable { path, reason },
            R::ProgramUnusable { path, source } => {
                Self::ProgramUnusable { path, source: source.into() }
            }
            R::SecretMissing { variable, reference, reason } => {
                Self::SecretMissing { variable, reference, reason }
            }
            R::RolledBack { revision, reason, back_to, log } => {
                Self::RolledBack { revision, reason, back_to, log, evidence: None }
            }
            R::SupervisorGone { reason } => Self::SupervisorGone { reason },
            R::TimedOut { what, limit } => Self::TimedOut { what, limit },
            R::Refused { operation, reason } => Self::Refused { operation, reason },
        }
    }
}

/// The words that this package uses for what cannot be done to a file.
fn known(doing: &str) -> &'static str {
    const WORDS: [&str; 6] = ["read", "written", "made", "removed", "locked", "shortened"];
    WORDS.into_iter().find(|it| *it == doing).unwrap_or("used")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_the_same_after_its_journey() {
        let errors = [
            BackendError::PortTaken { host: "127.0.0.1".into(), port: 8000 },
            BackendError::FileUnusable {
                path: "/x".into(),
                doing: "written",
                source: io::Error::from_raw_os_error(28),
            },
            BackendError::ProgramUnusable { path: "/x".into(), source: io::Error::other("why") },
            BackendError::TimedOut { what: "a rollout".into(), limit: Duration::from_millis(1500) },
        ];
        for error in errors {
            let told = format!("{error:?}");
            let json = serde_json::to_string(&Refusal::from(error)).unwrap();
            let back: Refusal = serde_json::from_str(&json).unwrap();
            let back = BackendError::from(back);
            // An error that only has words loses its type, never its words.
            assert_eq!(format!("{back:?}").contains("why"), told.contains("why"));
            if !told.contains("why") {
                assert_eq!(format!("{back:?}"), told);
            }
        }
    }
}
