//! Ways to the tests' server: past the store, and by settings as the service reads them.

use rag_service::config::{DatabaseSettings, Settings};
use tokio_postgres::{Client, NoTls};

use super::server::Server;

impl Server {
    /// A connection past the store.
    pub(super) async fn client(&self, database: &str) -> Client {
        let (client, connection) =
            tokio_postgres::connect(&self.url(database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A database of a test's own.
    pub(super) async fn database(&self, name: &str) -> Client {
        let client = self.client("postgres").await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        self.client(name).await
    }
}

/// Settings as the service reads them.
pub(super) fn settings(url: &str, schema: &str, more: &[(&str, &str)]) -> DatabaseSettings {
    let mut pairs = vec![("DATABASE_URL", url), ("DATABASE_SCHEMA", schema), ("EMBEDDER_DIR", "/")];
    pairs.extend_from_slice(more);
    let lookup = |name: &str| {
        let found = pairs.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Settings::read(lookup).unwrap().database.unwrap()
}
