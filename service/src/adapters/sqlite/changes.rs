//! What is written. Each function runs within a transaction of the writing thread.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{chunks, error::Refusal};
use crate::ports::store::{Added, Claimed, Content, Measured, NewDocument, Portion};

/// Keeps a document that is new; a failed one that is the same waits again.
pub(super) fn add(
    connection: &Connection,
    document: &NewDocument,
    content: &mut Content,
) -> Result<Added, Refusal> {
    let known: Option<(i64, String, String, String)> = connection
        .prepare_cached("SELECT number, hash, status, track_id FROM document WHERE id = ?1")?
        .query_row([&document.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    match known {
        None => add_new(connection, document, content),
        Some((_, hash, ..)) if hash != document.hash => Ok(Added::Different),
        Some((number, _, status, _)) if status == "failed" => {
            connection
                .prepare_cached(
                    "UPDATE document SET status = 'pending', error = NULL, attempts = 0,
                         track_id = ?2, updated_at = ?3
                     WHERE number = ?1",
                )?
                .execute(params![
                    number,
                    document.track_id,
                    document.created_at.as_microsecond()
                ])?;
            Ok(Added::Same { track_id: document.track_id.clone() })
        }
        Some((.., track_id)) => Ok(Added::Same { track_id }),
    }
}

/// Keeps a document of a new source, unless its content is there already.
fn add_new(
    connection: &Connection,
    document: &NewDocument,
    content: &mut Content,
) -> Result<Added, Refusal> {
    let duplicate = connection
        .prepare_cached(
            "SELECT source, track_id FROM document WHERE hash = ?1 ORDER BY number LIMIT 1",
        )?
        .query_row([&document.hash], |row| {
            Ok(Added::Duplicate { source: row.get(0)?, track_id: row.get(1)? })
        })
        .optional()?;
    if let Some(duplicate) = duplicate {
        return Ok(duplicate);
    }
    connection
        .prepare_cached(
            "INSERT INTO document (id, source, hash, format, bytes, status, track_id, summary, length,
                 created_at, updated_at)
             VALUES (:id, :source, :hash, :format, :bytes, 'pending', :track_id, :summary, :length,
                 :at, :at)",
        )?
        .execute(named_params! {
            ":id": document.id,
            ":source": document.source,
            ":hash": document.hash,
            ":format": document.format,
            ":bytes": document.bytes,
            ":track_id": document.track_id,
            ":summary": document.summary,
            ":length": document.length,
            ":at": document.created_at.as_microsecond(),
        })?;
    let number = connection.last_insert_rowid();
    let mut insert = connection.prepare_cached(
        "INSERT INTO document_part (document, position, bytes) VALUES (?1, ?2, ?3)",
    )?;
    content.each_part(|position, bytes| {
        insert.execute(params![number, position, bytes])?;
        Ok::<_, Refusal>(())
    })?;
    Ok(Added::New)
}

/// Takes the oldest document that waits, or whose claim has run out, by looking both up in an index.
const CLAIM: &str = "UPDATE document
     SET status = 'processing', holder = :holder, claimed_until = :until, updated_at = :now,
         attempts = attempts + 1
     WHERE number = (
         SELECT min(number) FROM (
             SELECT min(number) AS number FROM document WHERE status = 'pending'
             UNION ALL
             SELECT min(number) FROM document
             WHERE status = 'processing' AND claimed_until <= :now))
     RETURNING id, source, format, bytes, attempts";

/// Takes the oldest document that waits, or whose claim has run out.
pub(super) fn claim(
    connection: &Connection,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Claimed>, Refusal> {
    let claimed = connection
        .prepare_cached(CLAIM)?
        .query_row(
            named_params! {
                ":holder": holder,
                ":now": now.as_microsecond(),
                ":until": until.as_microsecond(),
            },
            |row| {
                Ok(Claimed {
                    id: row.get(0)?,
                    source: row.get(1)?,
                    format: row.get(2)?,
                    bytes: row.get(3)?,
                    attempt: row.get(4)?,
                })
            },
        )
        .optional()?;
    Ok(claimed)
}

/// Moves the end of a claim; false when `holder` has none on the document.
pub(super) fn renew(
    connection: &Connection,
    id: &str,
    holder: &str,
    until: Timestamp,
) -> Result<bool, Refusal> {
    let renewed = connection
        .prepare_cached(
            "UPDATE document SET claimed_until = ?3
             WHERE id = ?1 AND holder = ?2 AND status = 'processing'",
        )?
        .execute(params![id, holder, until.as_microsecond()])?;
    Ok(renewed > 0)
}

/// Lets a document that `holder` works on wait again.
pub(super) fn give_back(connection: &Connection, id: &str, holder: &str) -> Result<(), Refusal> {
    connection
        .prepare_cached(
            "UPDATE document SET status = 'pending', holder = NULL, claimed_until = NULL,
                 attempts = attempts - 1
             WHERE id = ?1 AND holder = ?2 AND status = 'processing'",
        )?
        .execute([id, holder])?;
    Ok(())
}

/// Stores a portion of a document's chunks; with the last one it is `processed`. False when it is not `holder`'s.
pub(super) fn put(
    connection: &Connection,
    id: &str,
    holder: &str,
    portion: &Portion,
) -> Result<bool, Refusal> {
    let Some(number) = held(connection, id, holder)? else { return Ok(false) };
    chunks::forget(connection, number, portion.from)?;
    if let Some(first) = portion.chunks.first() {
        chunks::keep_model(connection, &portion.model, first.vector.len())?;
        chunks::refuse_other_dimensions(portion, first.vector.len())?;
    }
    for (position, chunk) in (portion.from..).zip(&portion.chunks) {
        chunks::insert(connection, number, position, chunk)?;
    }
    if let Some(Measured { summary, length }) = &portion.end {
        connection
            .prepare_cached(
                "UPDATE document SET status = 'processed', summary = ?2, length = ?3, updated_at = ?4,
                     chunks = (SELECT count(*) FROM chunk WHERE document = ?1),
                     holder = NULL, claimed_until = NULL, attempts = 0, error = NULL
                 WHERE number = ?1",
            )?
            .execute(params![number, summary, length, Timestamp::now().as_microsecond()])?;
    }
    Ok(true)
}

/// Sets a document that `holder` works on `failed`; false when it is not `holder`'s.
pub(super) fn fail(
    connection: &Connection,
    id: &str,
    holder: &str,
    reason: &str,
) -> Result<bool, Refusal> {
    let Some(number) = held(connection, id, holder)? else { return Ok(false) };
    chunks::forget(connection, number, 0)?;
    connection
        .prepare_cached(
            "UPDATE document SET status = 'failed', error = ?2, updated_at = ?3, chunks = 0,
                 holder = NULL, claimed_until = NULL
             WHERE number = ?1",
        )?
        .execute(params![number, reason, Timestamp::now().as_microsecond()])?;
    Ok(true)
}

/// The number of a document that `holder` works on.
fn held(connection: &Connection, id: &str, holder: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT number FROM document WHERE id = ?1 AND holder = ?2 AND status = 'processing'",
        )?
        .query_row([id, holder], |row| row.get(0))
        .optional()
}

/// Deletes documents and all that came of them.
pub(super) fn delete(connection: &Connection, ids: Vec<String>) -> Result<Vec<String>, Refusal> {
    let mut deleted = Vec::new();
    let mut had_chunks = false;
    for id in ids {
        let number: Option<i64> = connection
            .prepare_cached("DELETE FROM document WHERE id = ?1 RETURNING number")?
            .query_row([&id], |row| row.get(0))
            .optional()?;
        let Some(number) = number else { continue };
        connection
            .prepare_cached("DELETE FROM document_part WHERE document = ?1")?
            .execute([number])?;
        had_chunks |= chunks::delete(connection, number, 0)?;
        deleted.push(id);
    }
    if had_chunks {
        chunks::note_deletion(connection)?;
    }
    Ok(deleted)
}

/// Deletes all documents. Whole tables are emptied at once; ids go on counting.
pub(super) fn clear(connection: &Connection) -> Result<u64, Refusal> {
    let documents = connection.execute("DELETE FROM document", [])?;
    let deleted = connection.execute("DELETE FROM chunk", [])?;
    connection.execute_batch(
        "DELETE FROM document_part;
         INSERT INTO chunk_term (chunk_term) VALUES ('delete-all');
         DELETE FROM chunk_length; DELETE FROM chunk_vector; DELETE FROM chunk_exact;
         DELETE FROM entity_mention; DELETE FROM entity_vector; DELETE FROM entity_exact;
         DELETE FROM relation_mention; DELETE FROM relation_vector; DELETE FROM relation_exact;",
    )?;
    if deleted > 0 {
        connection.execute("UPDATE vector_space SET deletions = deletions + 1", [])?;
    }
    Ok(documents as u64)
}

/// Lets all documents that failed wait again.
pub(super) fn retry(connection: &Connection, now: Timestamp) -> Result<u64, Refusal> {
    let retried = connection
        .prepare_cached(
            "UPDATE document SET status = 'pending', error = NULL, attempts = 0, updated_at = ?1
             WHERE status = 'failed'",
        )?
        .execute([now.as_microsecond()])?;
    Ok(retried as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_document_is_looked_up_in_an_index() {
        let engine = Connection::open_in_memory().unwrap();
        engine.execute_batch(include_str!("schema/now.sql")).unwrap();
        let mut plan = engine.prepare(&format!("EXPLAIN QUERY PLAN {CLAIM}")).unwrap();
        let values = named_params! { ":holder": "", ":now": 0, ":until": 0 };
        let steps = plan.query_map(values, |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        let indexed = steps.iter().filter(|it| it.contains("INDEX document_by_status")).count();
        assert_eq!(indexed, 2, "{steps:?}");
        assert!(!steps.iter().any(|it| it.starts_with("SCAN document")), "{steps:?}");
    }
}
