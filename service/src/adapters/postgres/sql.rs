//! Statements: prepared once a connection, and what they are given.

use std::borrow::Cow;

use deadpool_postgres::GenericClient;
use tokio_postgres::{Row, types::ToSql};

use super::error::Refusal;

/// What a statement is given.
pub(super) type Given<'a> = &'a [&'a (dyn ToSql + Sync)];

/// All rows of an answer.
pub(super) async fn rows(
    client: &impl GenericClient,
    sql: &str,
    given: Given<'_>,
) -> Result<Vec<Row>, Refusal> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, given).await?)
}

/// The only row of an answer, when there is one.
pub(super) async fn row(
    client: &impl GenericClient,
    sql: &str,
    given: Given<'_>,
) -> Result<Option<Row>, Refusal> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, given).await?)
}

/// Makes a change; gives how many rows it was about.
pub(super) async fn change(
    client: &impl GenericClient,
    sql: &str,
    given: Given<'_>,
) -> Result<u64, Refusal> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, given).await?)
}

/// A text as Postgres can hold it: without the character zero, which it has no place for.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A number that the server keeps as eight bytes.
pub(super) fn wide(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A number that was kept by `wide`, or counted.
pub(super) fn count(row: &Row, column: usize) -> Result<u64, Refusal> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| Refusal::Failed(format!("{number} is no count")))
}

/// A place within a document.
pub(super) fn position(row: &Row, column: usize) -> Result<u32, Refusal> {
    let number: i32 = row.try_get(column)?;
    u32::try_from(number).map_err(|_| Refusal::Failed(format!("{number} is no position")))
}

/// A place within a document, as it is kept.
pub(super) fn kept_position(position: u32) -> Result<i32, Refusal> {
    i32::try_from(position).map_err(|_| Refusal::Failed("the document has too many parts".into()))
}
