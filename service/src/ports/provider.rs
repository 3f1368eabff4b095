//! How a call to an embedding or LLM provider fails.

use std::time::Duration;

/// A call to a provider that was not answered as asked.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ProviderError {
    /// No connection, or it broke off.
    #[error("{provider} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port, never a key.
        provider: String,
        /// What the transport said.
        reason: String,
    },
    /// No answer within the time allowed.
    #[error("{provider} did not answer within {limit:?}")]
    TimedOut {
        /// Host and port.
        provider: String,
        /// The time allowed.
        limit: Duration,
    },
    /// An answer that is not a success.
    #[error("{provider} answered {status}: {reason}")]
    Refused {
        /// Host and port.
        provider: String,
        /// HTTP status.
        status: u16,
        /// The provider's own words, shortened.
        reason: String,
        /// From `Retry-After`, when given.
        retry_after: Option<Duration>,
    },
    /// A success that makes no sense: a missing vector, a wrong dimension, broken JSON.
    #[error("{provider} sent an answer that cannot be used: {reason}")]
    Unusable {
        /// Host and port.
        provider: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ProviderError {
    /// Whether the same call may succeed when made again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 409 | 425 | 429 | 500..=599),
            Self::Unusable { .. } => false,
        }
    }
}
