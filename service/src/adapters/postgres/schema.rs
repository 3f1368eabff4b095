//! The tables: how they come to be, one version after the other, and which versions are understood.
//!
//! Everything lies in a schema of its own. What else is in the database is never touched.

use deadpool_postgres::{GenericClient, Transaction};
use futures_util::future::{BoxFuture, FutureExt};
use tokio_postgres::error::SqlState;

use super::{
    error::{Refusal, words},
    server::Connection,
};

/// What leads from each version of the tables to the next, from none on. They change with what `pipeline::terms` makes
/// of a text, too.
const STEPS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The number of one lock on the database, held while tables are made: `ragc`.
const LOCK: i64 = 0x7261_6763;

/// The oldest pgvector that has vectors in halves and their index.
/// Source: <https://github.com/pgvector/pgvector/blob/master/CHANGELOG.md>
const OLDEST_PGVECTOR: (u32, u32) = (0, 7);

/// Makes the tables in `schema`, or brings them up to date; of several that try at once, one does it and the others wait.
pub(super) fn prepare<'a>(
    connection: &'a mut Connection,
    schema: &'a String,
) -> BoxFuture<'a, Result<(), Refusal>> {
    async move {
        if is_up_to_date(&*connection, schema).await? {
            return Ok(());
        }
        let transaction = connection.transaction().await?;
        transaction
            .batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '1min'")
            .await?;
        transaction.query_one("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
        let done = version(&transaction, schema).await?.unwrap_or(0);
        if done == 0 {
            make_room(&transaction, schema).await?;
        }
        for step in STEPS.iter().skip(done) {
            transaction.batch_execute(step).await.map_err(|error| not_ours(error, schema))?;
        }
        let keep = format!("UPDATE {schema}.ragctl_store SET version = $1");
        transaction.execute(&keep, &[&stored(STEPS.len())]).await?;
        transaction.commit().await?;
        Ok(())
    }
    .boxed()
}

/// Whether nothing is left to do.
async fn is_up_to_date(client: &impl GenericClient, schema: &str) -> Result<bool, Refusal> {
    match version(client, schema).await? {
        Some(found) if found > STEPS.len() => {
            let number = |version| u32::try_from(version).unwrap_or(u32::MAX);
            Err(Refusal::Newer { found: number(found), known: number(STEPS.len()) })
        }
        found => Ok(found == Some(STEPS.len())),
    }
}

/// The version of the tables; `None` when there are none.
async fn version(client: &impl GenericClient, schema: &str) -> Result<Option<usize>, Refusal> {
    // Not `to_regclass`: that asks the session's cache of names, which waiting for an advisory lock does not refresh.
    let is_there = "SELECT EXISTS (
         SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = 'ragctl_store')";
    if !client.query_one(is_there, &[&schema]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let row = client.query_one(&format!("SELECT version FROM {schema}.ragctl_store"), &[]).await;
    let row = row.map_err(|error| not_ours(error, schema))?;
    Ok(usize::try_from(row.try_get::<_, i32>(0)?).ok())
}

/// Makes the schema and what comes before the first step.
async fn make_room(transaction: &Transaction<'_>, schema: &str) -> Result<(), Refusal> {
    check_extension(transaction).await?;
    // `CREATE SCHEMA IF NOT EXISTS` asks for the right to make one even where there is one.
    let is_there = "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)";
    if !transaction.query_one(is_there, &[&schema]).await?.try_get::<_, bool>(0)? {
        transaction.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
    }
    let table = format!(
        "CREATE TABLE {schema}.ragctl_store (
             single boolean PRIMARY KEY DEFAULT true CHECK (single), version integer NOT NULL);
         INSERT INTO {schema}.ragctl_store (version) VALUES (0)"
    );
    transaction.batch_execute(&table).await.map_err(|error| not_ours(error, schema))
}

/// Makes sure that there are vectors in halves.
async fn check_extension(transaction: &Transaction<'_>) -> Result<(), Refusal> {
    let version = "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector'";
    let mut found = transaction.query_opt(version, &[]).await?;
    if found.is_none() {
        transaction
            .batch_execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
            .await
            .map_err(no_extension)?;
        found = transaction.query_opt(version, &[]).await?;
    }
    let found: String = found.map_or(Ok(String::new()), |row| row.try_get(0))?;
    if is_old(&found) {
        return Err(Refusal::Unusable(format!(
            "its pgvector is {found}, and 0.7 or newer is needed: `ALTER EXTENSION vector UPDATE` where the server has it"
        )));
    }
    Ok(())
}

/// Whether a version of pgvector is too old. One that cannot be read is taken for a newer one.
fn is_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < OLDEST_PGVECTOR,
        _ => false,
    }
}

/// Says who has to do what when there is no pgvector.
fn no_extension(error: tokio_postgres::Error) -> Refusal {
    let Some(told) = error.as_db_error() else { return error.into() };
    let advice = match told.code() {
        &SqlState::INSUFFICIENT_PRIVILEGE => {
            "a superuser (on RDS: a member of rds_superuser) has to run `CREATE EXTENSION vector` in this database"
        }
        &SqlState::FEATURE_NOT_SUPPORTED | &SqlState::UNDEFINED_FILE => {
            "the server needs pgvector 0.7 or newer"
        }
        _ => return error.into(),
    };
    Refusal::Unusable(format!("{advice}: {}", words(told)))
}

/// Says so when what is in the way is another program's.
fn not_ours(error: tokio_postgres::Error, schema: &str) -> Refusal {
    let is_in_the_way = [
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_OBJECT,
        SqlState::UNDEFINED_COLUMN,
        SqlState::DATATYPE_MISMATCH,
    ];
    match error.as_db_error() {
        Some(told) if is_in_the_way.contains(told.code()) => Refusal::Unusable(format!(
            "the schema `{schema}` holds tables of another program; DATABASE_SCHEMA names another schema: {}",
            words(told)
        )),
        _ => error.into(),
    }
}

fn stored(version: usize) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_pgvector_are_told_apart() {
        for old in ["0.4.4", "0.6.2"] {
            assert!(is_old(old), "{old}");
        }
        for new in ["0.7.0", "0.8.5", "0.10.1", "1.0", "unknown", ""] {
            assert!(!is_old(new), "{new}");
        }
    }
}
