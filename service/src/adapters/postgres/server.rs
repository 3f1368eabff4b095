//! The way to the server: a few connections that are used again, and another try where one may help.

use std::{
    fmt,
    time::{Duration, Instant},
};

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::time::{sleep, timeout};
use tokio_postgres::{NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{error::Refusal, tls};
use crate::{
    config::{DatabaseSettings, TlsMode},
    pool::jittered,
    ports::StoreError,
};

/// How long something is tried again, counted from its begin. Longer than a server takes to start again.
///
/// What was asked before a freeze fails after it, and is not tried again: time is up. Only background work is asked across one, and
/// has patience of its own; connections that were idle are given up ([`Server::forget_connections`]).
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause after a first failure; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a connection waits for a lock that another holds.
const LOCK: Duration = Duration::from_secs(5);

/// How long the server lets a transaction wait for its next statement: a process that hangs holds nothing for longer.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

/// How long a connection waits for a host that has gone away without a word.
const SILENCE: Duration = Duration::from_secs(15);

/// What each connection is set to. The schema comes first; then the one where the types of vectors lie, which another
/// program may have chosen. After a wait for a lock, what others did meanwhile is seen, whatever the database's default
/// of isolation is. A scan of the index of vectors looks at `hnsw.ef_search` of them (recall is measured with
/// this one) and goes on where that is too few.
const SESSION: &str = "SELECT
    set_config('search_path', format('%I, %I', $1::text, coalesce((
        SELECT nspname FROM pg_catalog.pg_extension JOIN pg_catalog.pg_namespace AS space ON space.oid = extnamespace
        WHERE extname = 'vector'), 'public')), false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('statement_timeout', $2, false),
    set_config('lock_timeout', $3, false),
    set_config('idle_in_transaction_session_timeout', $4, false),
    set_config('client_min_messages', 'warning', false),
    set_config('jit', 'off', false),
    set_config('hnsw.ef_search', '200', false),
    set_config('hnsw.iterative_scan', 'strict_order', false)";

/// A connection of the pool.
pub(super) type Connection = Object;

/// What is asked of the server, with its arguments apart so that it can be asked again.
pub(super) type Ask<A, T> =
    for<'a> fn(&'a mut Connection, &'a A) -> BoxFuture<'a, Result<T, Refusal>>;

/// A Postgres server.
pub(super) struct Server {
    pool: Pool,
    place: String,
    /// How long one statement may take from here: a little longer than the server lets it.
    statement_limit: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Server {
    /// Makes the pool; connects to nobody.
    pub(super) fn new(settings: &DatabaseSettings) -> Result<Self, Refusal> {
        let limit = settings.connect_timeout;
        let pool = Pool::builder(manager(settings)?)
            .max_size(settings.max_connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(limit))
            .recycle_timeout(Some(limit))
            .post_create(session(settings))
            .build()
            .map_err(|error| Refusal::Failed(error.to_string()))?;
        let statement_limit = settings.statement_timeout + Duration::from_secs(5);
        Ok(Self { pool, place: settings.place(), statement_limit })
    }

    /// The server and its database, for messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Closes the connections that nobody uses now.
    pub(super) fn forget_connections(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Asks, and asks again while that may help.
    pub(super) async fn ask<A: Send + Sync, T: Send>(
        &self,
        arguments: A,
        ask: Ask<A, T>,
    ) -> Result<T, StoreError> {
        self.ask_long(2, arguments, ask).await
    }

    /// As `ask`, for what takes as many statements as this that may each be long.
    pub(super) async fn ask_long<A: Send + Sync, T: Send>(
        &self,
        statements: u32,
        arguments: A,
        ask: Ask<A, T>,
    ) -> Result<T, StoreError> {
        let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let refusal = match self.try_once(statements, &arguments, ask).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            if !refusal.is_transient() || began.elapsed() + pause > PATIENCE {
                return Err(refusal.about(&self.place));
            }
            tracing::debug!(place = self.place, %refusal, "the store is asked again");
            sleep(jittered(pause)).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Asks once.
    pub(super) async fn try_once<A: Send + Sync, T: Send>(
        &self,
        statements: u32,
        arguments: &A,
        ask: Ask<A, T>,
    ) -> Result<T, Refusal> {
        let mut connection = self.pool.get().await?;
        let answer =
            timeout(self.statement_limit * statements, ask(&mut connection, arguments)).await;
        match answer {
            // Nobody knows what it is at: it is closed.
            Err(_) => {
                drop(Object::take(connection));
                Err(Refusal::TooLate("no answer came in time"))
            }
            Ok(answer) => answer,
        }
    }
}

fn manager(settings: &DatabaseSettings) -> Result<Manager, Refusal> {
    let mut server = settings.server.clone();
    server
        .connect_timeout(settings.connect_timeout)
        .keepalives_idle(2 * SILENCE)
        .keepalives_interval(SILENCE)
        .keepalives_retries(2)
        .tcp_user_timeout(SILENCE);
    if server.get_application_name().is_none() {
        server.application_name("rag-service");
    }
    // A closed connection is noticed without asking the server each time.
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    server.ssl_mode(match settings.tls {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
    });
    let config = match settings.tls {
        TlsMode::Disable => return Ok(Manager::from_config(server, NoTls, recycling)),
        TlsMode::Prefer | TlsMode::Require => tls::unverified(),
        TlsMode::VerifyFull => tls::verified(settings.ca_file.as_deref())?,
    };
    Ok(Manager::from_config(server, MakeRustlsConnect::new(config), recycling))
}

/// Sets a new connection up.
fn session(settings: &DatabaseSettings) -> Hook {
    let schema = settings.schema.clone();
    let [statement, lock, idle] = [settings.statement_timeout, LOCK, IDLE_IN_TRANSACTION]
        .map(|limit| format!("{}ms", limit.as_millis()));
    Hook::async_fn(move |client: &mut ClientWrapper, _| {
        let schema = schema.clone();
        let [statement, lock, idle] = [statement.clone(), lock.clone(), idle.clone()];
        async move {
            client
                .query_one(SESSION, &[&schema, &statement, &lock, &idle])
                .await
                .map_err(HookError::Backend)?;
            Ok(())
        }
        .boxed()
    })
}
