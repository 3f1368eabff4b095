//! What is written of documents. Each function is one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{GenericClient, Transaction};
use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    error::Refusal,
    portion::delete_chunks,
    server::Connection,
    sql::{self, kept_position, plain, wide},
};
use crate::ports::store::{Added, Claimed, Content, NewDocument};

/// What the tables are called, in the order in which they are locked.
const TABLES: &str =
    "document, document_part, chunk, chunk_vector, chunk_word, entity_mention, relation_mention";

/// Tries to keep a document, when another does the same at the same moment and then deletes it.
const TRIES: usize = 8;

/// A document to keep. Its content is read again when it is tried again.
pub(super) struct Adding {
    pub(super) document: NewDocument,
    pub(super) content: Arc<Mutex<Content>>,
}

/// Keeps a document that is new; a failed one that is the same waits again.
pub(super) fn add<'a>(
    connection: &'a mut Connection,
    adding: &'a Adding,
) -> BoxFuture<'a, Result<Added, Refusal>> {
    async move {
        for _ in 0..TRIES {
            let transaction = connection.transaction().await?;
            let added = match known(&transaction, &adding.document).await? {
                Some(added) => Some(added),
                None => insert(&transaction, adding).await?,
            };
            if let Some(added) = added {
                transaction.commit().await?;
                return Ok(added);
            }
            // Another has just kept it: the next look finds it.
        }
        Err(Refusal::TooLate("the document comes and goes"))
    }
    .boxed()
}

/// What is there already of a document's source or content.
async fn known(
    transaction: &Transaction<'_>,
    document: &NewDocument,
) -> Result<Option<Added>, Refusal> {
    let by_id = sql::row(
        transaction,
        "SELECT number, hash, status, track_id FROM document WHERE id = $1",
        &[&plain(&document.id)],
    )
    .await?;
    if let Some(row) = by_id {
        let hash: String = row.try_get(1)?;
        if hash != document.hash {
            return Ok(Some(Added::Different));
        }
        if row.try_get::<_, &str>(2)? != "failed" {
            return Ok(Some(Added::Same { track_id: row.try_get(3)? }));
        }
        let waits = sql::change(
            transaction,
            "UPDATE document SET status = 'pending', error = NULL, attempts = 0, track_id = $2, updated_at = $3
             WHERE number = $1 AND status = 'failed'",
            &[&row.try_get::<_, i64>(0)?, &plain(&document.track_id), &document.created_at],
        )
        .await?;
        // None when another has let it wait again since: the next look tells.
        return Ok((waits > 0).then(|| Added::Same { track_id: document.track_id.clone() }));
    }
    let by_hash = "SELECT source, track_id FROM document WHERE hash = $1";
    let Some(row) = sql::row(transaction, by_hash, &[&document.hash]).await? else {
        return Ok(None);
    };
    Ok(Some(Added::Duplicate { source: row.try_get(0)?, track_id: row.try_get(1)? }))
}

/// Keeps a document of a new source; `None` when another was quicker.
async fn insert(transaction: &Transaction<'_>, adding: &Adding) -> Result<Option<Added>, Refusal> {
    let document = &adding.document;
    let inserted = sql::row(
        transaction,
        "INSERT INTO document (id, source, hash, format, bytes, status, track_id, summary, length, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $9)
         ON CONFLICT DO NOTHING RETURNING number",
        &[
            &plain(&document.id),
            &plain(&document.source),
            &document.hash,
            &document.format,
            &wide(document.bytes),
            &plain(&document.track_id),
            &plain(&document.summary),
            &wide(document.length),
            &document.created_at,
        ],
    )
    .await?;
    let Some(row) = inserted else { return Ok(None) };
    insert_parts(transaction, row.try_get(0)?, Arc::clone(&adding.content)).await?;
    Ok(Some(Added::New))
}

/// Keeps a document's content. A thread that may block reads it, one part ahead.
async fn insert_parts(
    transaction: &Transaction<'_>,
    document: i64,
    content: Arc<Mutex<Content>>,
) -> Result<(), Refusal> {
    let (send, mut parts) = mpsc::channel::<(u32, Vec<u8>)>(1);
    let reading = tokio::task::spawn_blocking(move || {
        let mut content = content.lock().unwrap_or_else(PoisonError::into_inner);
        content.each_part(|position, bytes| {
            // Nobody takes it when keeping the one before failed, which says so itself.
            send.blocking_send((position, bytes.to_vec())).map_err(std::io::Error::other)
        })
    });
    while let Some((position, bytes)) = parts.recv().await {
        let insert = "INSERT INTO document_part (document, position, bytes) VALUES ($1, $2, $3)";
        let position = kept_position(position)?;
        sql::change(transaction, insert, &[&document, &position, &bytes]).await?;
    }
    reading.await.map_err(|failure| Refusal::Failed(failure.to_string()))??;
    Ok(())
}

/// Who takes a document, and for how long.
pub(super) struct Claim {
    pub(super) holder: String,
    pub(super) now: Timestamp,
    pub(super) until: Timestamp,
}

/// Takes the oldest document that waits, or whose claim has run out; passes by what another takes at this moment.
pub(super) fn claim<'a>(
    connection: &'a mut Connection,
    claim: &'a Claim,
) -> BoxFuture<'a, Result<Option<Claimed>, Refusal>> {
    async move {
        let claimed = sql::row(
            &*connection,
            "WITH oldest AS MATERIALIZED (
                 SELECT number FROM document
                 WHERE status IN ('pending', 'processing')
                     AND (status = 'pending' OR claimed_until <= $2)
                 ORDER BY number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
             UPDATE document
             SET status = 'processing', holder = $1, claimed_until = $3, updated_at = $2, attempts = attempts + 1
             FROM oldest WHERE document.number = oldest.number
             RETURNING id, source, format, bytes, attempts",
            &[&plain(&claim.holder), &claim.now, &claim.until],
        )
        .await?;
        let Some(row) = claimed else { return Ok(None) };
        let attempt: i32 = row.try_get(4)?;
        Ok(Some(Claimed {
            id: row.try_get(0)?,
            source: row.try_get(1)?,
            format: row.try_get(2)?,
            bytes: sql::count(&row, 3)?,
            attempt: attempt.unsigned_abs(),
        }))
    }
    .boxed()
}

/// Moves the end of a claim; false when the holder has none on the document.
pub(super) fn renew<'a>(
    connection: &'a mut Connection,
    (id, holder, until): &'a (String, String, Timestamp),
) -> BoxFuture<'a, Result<bool, Refusal>> {
    async move {
        let renew = "UPDATE document SET claimed_until = $3
                     WHERE id = $1 AND holder = $2 AND status = 'processing'";
        Ok(sql::change(&*connection, renew, &[&plain(id), &plain(holder), until]).await? > 0)
    }
    .boxed()
}

/// Lets a document that the holder works on wait again.
pub(super) fn give_back<'a>(
    connection: &'a mut Connection,
    (id, holder): &'a (String, String),
) -> BoxFuture<'a, Result<(), Refusal>> {
    async move {
        let give_back = "UPDATE document
                         SET status = 'pending', holder = NULL, claimed_until = NULL, attempts = attempts - 1
                         WHERE id = $1 AND holder = $2 AND status = 'processing'";
        sql::change(&*connection, give_back, &[&plain(id), &plain(holder)]).await?;
        Ok(())
    }
    .boxed()
}

/// Sets a document that the holder works on `failed`; false when it is not the holder's.
pub(super) fn fail<'a>(
    connection: &'a mut Connection,
    (id, holder, reason): &'a (String, String, String),
) -> BoxFuture<'a, Result<bool, Refusal>> {
    async move {
        let transaction = connection.transaction().await?;
        let Some(number) = held(&transaction, id, holder).await? else { return Ok(false) };
        delete_chunks(&transaction, &[number], 0).await?;
        let fail = "UPDATE document
                    SET status = 'failed', error = $2, updated_at = $3, chunks = 0, holder = NULL, claimed_until = NULL
                    WHERE number = $1";
        sql::change(&transaction, fail, &[&number, &plain(reason), &Timestamp::now()]).await?;
        transaction.commit().await?;
        Ok(true)
    }
    .boxed()
}

/// The number of a document that the holder works on, which nobody else can take until the transaction ends.
pub(super) async fn held(
    transaction: &Transaction<'_>,
    id: &str,
    holder: &str,
) -> Result<Option<i64>, Refusal> {
    let held = "SELECT number FROM document WHERE id = $1 AND holder = $2 AND status = 'processing'
                FOR NO KEY UPDATE";
    let row = sql::row(transaction, held, &[&plain(id), &plain(holder)]).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Documents to delete; and which were found, should the answer of a first try be lost.
pub(super) struct Deleting {
    pub(super) ids: Vec<String>,
    pub(super) found: Mutex<Vec<String>>,
}

/// Deletes documents and all that came of them.
pub(super) fn delete<'a>(
    connection: &'a mut Connection,
    deleting: &'a Deleting,
) -> BoxFuture<'a, Result<Vec<String>, Refusal>> {
    async move {
        let transaction = connection.transaction().await?;
        let ids: Vec<_> = deleting.ids.iter().map(|id| plain(id)).collect();
        let delete = "DELETE FROM document WHERE id = ANY($1) RETURNING id, number";
        let (mut deleted, mut numbers) = (Vec::new(), Vec::new());
        for row in sql::rows(&transaction, delete, &[&ids]).await? {
            deleted.push(row.try_get::<_, String>(0)?);
            numbers.push(row.try_get::<_, i64>(1)?);
        }
        let parts = "DELETE FROM document_part WHERE document = ANY($1)";
        sql::change(&transaction, parts, &[&numbers]).await?;
        delete_chunks(&transaction, &numbers, 0).await?;
        deleting.found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut deleted);
        transaction.commit().await?;
        let found = deleting.found.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(deleting.ids.iter().filter(|id| found.contains(id)).cloned().collect())
    }
    .boxed()
}

/// Deletes all documents; `found` is how many a try whose answer was lost had found.
pub(super) fn clear<'a>(
    connection: &'a mut Connection,
    found: &'a Mutex<u64>,
) -> BoxFuture<'a, Result<u64, Refusal>> {
    async move {
        let transaction = connection.transaction().await?;
        transaction.batch_execute("LOCK TABLE document IN ACCESS EXCLUSIVE MODE").await?;
        let row = transaction.query_one("SELECT count(*) FROM document", &[]).await?;
        let count = sql::count(&row, 0)?;
        // Unlike deleting them one by one, this leaves nothing that searches would have to pass until it is swept up.
        transaction.batch_execute(&format!("TRUNCATE {TABLES}")).await?;
        let count = {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            *found += count;
            *found
        };
        transaction.commit().await?;
        Ok(count)
    }
    .boxed()
}

/// Lets all documents that failed wait again.
pub(super) fn retry<'a>(
    connection: &'a mut Connection,
    now: &'a Timestamp,
) -> BoxFuture<'a, Result<u64, Refusal>> {
    async move {
        let retry =
            "UPDATE document SET status = 'pending', error = NULL, attempts = 0, updated_at = $1
                     WHERE status = 'failed'";
        sql::change(&*connection, retry, &[now]).await
    }
    .boxed()
}
