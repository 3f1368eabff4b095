//! What the vectors are: the model that made them, and their length, which the first of them decide.

use deadpool_postgres::{GenericClient, Transaction};
use futures_util::future::{BoxFuture, FutureExt};

use super::{error::Refusal, portion, server::Connection, sql};

/// The longest vectors of halves that pgvector makes an index of. Longer ones are compared one by one.
/// Source: <https://github.com/pgvector/pgvector#hnsw>
const LONGEST_INDEXED: usize = 4000;

/// The longest vectors that fit in a page beside a number.
const LONGEST_INLINE: usize = 3900;

/// Tables that hold vectors, in the order in which they are locked.
const TABLES: [&str; 3] = ["chunk_vector", "entity_mention", "relation_mention"];

/// A model and the length of its vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) model: String,
    pub(super) dimension: usize,
}

impl Space {
    fn words(&self) -> String {
        format!("{} ({} dimensions)", self.model, self.dimension)
    }
}

/// Refuses a store that holds vectors of another model.
pub(super) fn refuse_other_model<'a>(
    connection: &'a mut Connection,
    wanted: &'a String,
) -> BoxFuture<'a, Result<(), Refusal>> {
    async move {
        let stored = sql::row(
            &*connection,
            "SELECT model FROM vector_space WHERE EXISTS (SELECT FROM chunk)",
            &[],
        );
        let stored: Option<String> = stored.await?.map_or(Ok(None), |row| row.try_get(0))?;
        match stored {
            Some(stored) if stored != *wanted => {
                Err(Refusal::OtherModel { stored, wanted: wanted.clone() })
            }
            _ => Ok(()),
        }
    }
    .boxed()
}

/// Says that a vector which is looked for is not as long as those that are there, when it is so.
pub(super) async fn explain(
    client: &impl GenericClient,
    length: usize,
    refusal: Refusal,
) -> Refusal {
    match stored(client, "").await {
        Ok(Some(space)) if space.dimension != length => {
            Refusal::OtherModel { stored: space.words(), wanted: format!("{length} dimensions") }
        }
        _ => refusal,
    }
}

/// Makes sure that a document's vectors fit those of the others, until the transaction ends; deletes its chunks from a
/// position on.
///
/// Sets the model and the length where there are no others. Who writes vectors passes here first, before any table
/// that holds them is touched: so changes of the length and portions of it are never in each other's way.
pub(super) async fn enter(
    transaction: &Transaction<'_>,
    wanted: &Space,
    document: i64,
    from: u32,
) -> Result<(), Refusal> {
    if stored(transaction, "FOR SHARE").await?.as_ref() == Some(wanted) {
        return portion::delete_chunks(transaction, &[document], from).await;
    }
    let stored = stored(transaction, "FOR UPDATE").await?;
    portion::delete_chunks(transaction, &[document], from).await?;
    if stored.as_ref() == Some(wanted) {
        return Ok(());
    }
    let holds = sql::row(transaction, "SELECT FROM chunk LIMIT 1", &[]).await?;
    if let (Some(stored), Some(_)) = (&stored, holds) {
        return Err(Refusal::OtherModel { stored: stored.words(), wanted: wanted.words() });
    }
    if stored.is_none_or(|stored| stored.dimension != wanted.dimension) {
        set_length(transaction, wanted.dimension).await?;
    }
    let dimension = i32::try_from(wanted.dimension).unwrap_or(i32::MAX);
    let keep = "UPDATE vector_space SET model = $1, dimension = $2";
    sql::change(transaction, keep, &[&wanted.model, &dimension]).await?;
    Ok(())
}

/// What the vectors are, locked as `lock` says; `None` as long as there never were any.
async fn stored(client: &impl GenericClient, lock: &str) -> Result<Option<Space>, Refusal> {
    let read = format!("SELECT model, dimension FROM vector_space {lock}");
    let Some(row) = sql::row(client, &read, &[]).await? else { return Ok(None) };
    let (model, dimension): (Option<String>, Option<i32>) = (row.try_get(0)?, row.try_get(1)?);
    let dimension = dimension.and_then(|dimension| usize::try_from(dimension).ok());
    Ok(model.zip(dimension).map(|(model, dimension)| Space { model, dimension }))
}

/// Sets the length of the vectors of tables that hold none, and makes their indexes.
async fn set_length(transaction: &Transaction<'_>, dimension: usize) -> Result<(), Refusal> {
    // In the row where they fit, so that comparing them one by one reads no other table.
    let storage = if dimension <= LONGEST_INLINE { "PLAIN" } else { "EXTERNAL" };
    let inline = format!("ALTER TABLE chunk_vector ALTER COLUMN vector SET STORAGE {storage}");
    transaction.batch_execute(&inline).await?;
    for table in TABLES {
        let column = format!(
            "DROP INDEX IF EXISTS {table}_by_vector;
             ALTER TABLE {table} ALTER COLUMN vector TYPE halfvec({dimension})"
        );
        transaction.batch_execute(&column).await?;
        if dimension <= LONGEST_INDEXED {
            let index = format!(
                "CREATE INDEX {table}_by_vector ON {table} USING hnsw (vector halfvec_cosine_ops)"
            );
            transaction.batch_execute(&index).await?;
        }
    }
    Ok(())
}
