//! The Postgres store: the contract, and what a server can do to it.

mod restart;
mod schema;
mod search;
mod server;
mod services;
mod session;
mod trouble;
mod way;

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rag_service::{adapters::postgres::PostgresStore, ports::StoreError};

use self::{
    server::{bin, shared},
    session::settings,
};
use crate::suite::{self, Library, MODEL, Place, contract};

/// Name the server and the schema to a child process.
const URL: &str = "RAG_TEST_URL";
const SCHEMA: &str = "RAG_TEST_SCHEMA";

/// A schema of its own on the shared server.
struct Schema {
    name: String,
    url: String,
}

impl Default for Schema {
    fn default() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("place_{number}"), url: shared().url("postgres") }
    }
}

impl Schema {
    async fn store(&self) -> PostgresStore {
        self.opened(MODEL).await.unwrap()
    }

    async fn opened(&self, model: &str) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&settings(&self.url, &self.name, &[]), model).await
    }
}

impl Place for Schema {
    fn is_possible() -> bool {
        bin().is_some()
    }

    async fn open(&self, model: &str) -> Result<Arc<dyn Library>, StoreError> {
        Ok(Arc::new(self.opened(model).await?))
    }

    fn child(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "postgres::adds_until_killed", "--nocapture"]);
        command.env(URL, &self.url).env(SCHEMA, &self.name);
        command
    }
}

contract!(Schema);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of `what_was_acknowledged_survives_a_kill`"]
async fn adds_until_killed() {
    let given = |name| std::env::var_os(name).unwrap().into_string().unwrap();
    let store = PostgresStore::open(&settings(&given(URL), &given(SCHEMA), &[]), MODEL).await;
    suite::adds_until_killed(Arc::new(store.unwrap())).await;
}
