//! One deployment of a stack at a time.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The right to change a stack, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Version of this record's form.
    pub format: u32,
    /// Tells this lease from all others.
    pub id: String,
    /// Who took it.
    pub holder: String,
    /// On which machine.
    pub host: String,
    /// The process that holds it, so that its machine can tell that it is gone. `None` when only time can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// For which command.
    pub command: String,
    /// When it was taken or last renewed.
    pub taken_at: Timestamp,
    /// When it runs out unless renewed.
    pub expires_at: Timestamp,
}

/// A process, known by more than a number that may be another's soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// When it started, as its system counts; 0 where the system does not tell.
    pub started: u64,
    /// Among which processes the number means something: a container counts its own. Empty where there is but one count.
    pub space: String,
}

impl Lease {
    /// The version that this program writes.
    pub const FORMAT: u32 = 1;

    /// How long a lease lasts unless it is renewed. Ours: long enough to outlast a stalled machine, short enough to wait out.
    pub const LASTS: Duration = Duration::from_secs(60);

    /// Whether it has run out at `now`.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// The same lease, lasting from `now` on.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> Self {
        Self { taken_at: now, expires_at: now + Self::LASTS, ..self.clone() }
    }
}
