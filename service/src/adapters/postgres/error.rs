//! What Postgres and the way to it say, in the store's words.

use std::{error::Error, io};

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::error::{DbError, SqlState};

use crate::ports::StoreError;

/// Why a change or a search did not go through, before anyone has said which server it is about.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The server refused, or the way to it broke.
    #[error(transparent)]
    Engine(#[from] tokio_postgres::Error),
    /// No connection was free, or none came about, or no answer came, in time.
    #[error("{0}")]
    TooLate(&'static str),
    /// What is to be kept cannot be read.
    #[error("the content cannot be read: {0}")]
    Content(#[from] io::Error),
    /// The vectors do not fit those that are there.
    #[error("the store holds vectors of `{stored}`, and `{wanted}` was given")]
    OtherModel { stored: String, wanted: String },
    /// A newer program laid it out.
    #[error("it has schema {found}")]
    Newer { found: u32, known: u32 },
    /// It cannot be used as it is; somebody has to do something about it.
    #[error("{0}")]
    Unusable(String),
    /// What should not happen.
    #[error("{0}")]
    Failed(String),
}

impl From<PoolError> for Refusal {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::Engine(error)
            }
            PoolError::Timeout(TimeoutType::Wait) => Self::TooLate("all connections are in use"),
            PoolError::Timeout(_) => Self::TooLate("no connection came about in time"),
            PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(HookError::Message(_)) => Self::Failed(error.to_string()),
        }
    }
}

impl Refusal {
    /// Whether the same may go well a moment later: nothing is wrong with what was asked.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::TooLate(_) => true,
            Self::Engine(error) => match error.code() {
                Some(state) => is_transient_state(state),
                None => !is_distrust(error) && is_about_the_way(error),
            },
            Self::Content(_)
            | Self::OtherModel { .. }
            | Self::Newer { .. }
            | Self::Unusable(_)
            | Self::Failed(_) => false,
        }
    }

    /// Says which server and database it is about.
    pub(super) fn about(self, place: &str) -> StoreError {
        let (is_transient, place) = (self.is_transient(), place.to_owned());
        match self {
            Self::Engine(error) => engine(place, &error, is_transient),
            Self::TooLate(reason) => StoreError::Unreachable { place, reason: reason.to_owned() },
            Self::OtherModel { stored, wanted } => StoreError::OtherModel { stored, wanted },
            Self::Newer { found, known } => StoreError::Newer { place, found, known },
            Self::Unusable(reason) => StoreError::Unusable { place, reason },
            Self::Content(_) | Self::Failed(_) => StoreError::Failed { reason: self.to_string() },
        }
    }
}

/// The server's own refusal, or what broke on the way to it.
fn engine(place: String, error: &tokio_postgres::Error, is_transient: bool) -> StoreError {
    let reason = reason(error);
    match error.code() {
        Some(&SqlState::DISK_FULL) => StoreError::Full { place },
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => StoreError::ReadOnly { place },
        // What the server takes back when its own limit is over: it may be quicker later.
        Some(&SqlState::QUERY_CANCELED) => StoreError::Unreachable { place, reason },
        _ if is_transient => StoreError::Unreachable { place, reason },
        Some(
            &SqlState::INVALID_PASSWORD
            | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
            | &SqlState::INVALID_CATALOG_NAME
            | &SqlState::INSUFFICIENT_PRIVILEGE,
        ) => StoreError::Unusable { place, reason },
        None if !error.is_closed() => StoreError::Unusable { place, reason },
        _ => StoreError::Failed { reason },
    }
}

/// What was said, each cause once.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return words(told);
    }
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !reason.contains(&told) {
            reason = format!("{reason}: {told}");
        }
        cause = error.source();
    }
    reason
}

/// The server's sentence, with the state that can be looked up.
pub(super) fn words(error: &DbError) -> String {
    format!("{} ({})", error.message(), error.code().code())
}

/// What goes by: the server stops or starts, or is too busy, or two changes were in each other's way.
fn is_transient_state(state: &SqlState) -> bool {
    [
        SqlState::CONNECTION_EXCEPTION,
        SqlState::CONNECTION_DOES_NOT_EXIST,
        SqlState::CONNECTION_FAILURE,
        SqlState::SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
        SqlState::SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
    ]
    .contains(state)
}

/// Whether the connection broke, or did not come about, and not for a fault of what was sent.
fn is_about_the_way(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || causes(error).any(|cause| cause.is::<io::Error>())
}

/// Whether the server could not prove who it is.
fn is_distrust(error: &tokio_postgres::Error) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        let inner = io.and_then(io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<rustls::Error>()) || cause.is::<rustls::Error>()
    })
}

fn causes(error: &tokio_postgres::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
