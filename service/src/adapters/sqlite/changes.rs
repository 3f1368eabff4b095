//! What is written. Each function runs within a transaction of the writing thread.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{error::Refusal, vectors::Packed};
use crate::{
    pipeline::terms,
    ports::store::{Added, Claimed, NewChunk, NewDocument},
};

/// Characters of a text that stand for it in a list.
const SUMMARY: usize = 250;

/// Pages of the full text index that a deletion rewrites at most (2 MB, some milliseconds).
const PAGES_REWRITTEN: i64 = 500;

/// Keeps a document that is new; a failed one that is the same waits again.
pub(super) fn add(connection: &Connection, document: &NewDocument) -> Result<Added, Refusal> {
    let known: Option<(i64, String, bool)> = connection
        .prepare_cached(
            "SELECT number, status, text = ?2
             FROM document JOIN document_text ON document = number WHERE id = ?1",
        )?
        .query_row(params![document.id, document.text], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((number, status, is_same)) = known else {
        insert(connection, document)?;
        return Ok(Added::New);
    };
    if !is_same {
        return Ok(Added::Different);
    }
    if status == "failed" {
        connection
            .prepare_cached(
                "UPDATE document SET status = 'pending', error = NULL, track_id = ?2, updated_at = ?3
                 WHERE number = ?1",
            )?
            .execute(params![number, document.track_id, document.created_at.as_microsecond()])?;
    }
    Ok(Added::Same)
}

fn insert(connection: &Connection, document: &NewDocument) -> Result<(), Refusal> {
    let summary: String = document.text.trim_start().chars().take(SUMMARY).collect();
    connection
        .prepare_cached(
            "INSERT INTO document
                 (id, source, status, track_id, summary, length, created_at, updated_at)
             VALUES (:id, :source, 'pending', :track_id, :summary, :length, :at, :at)",
        )?
        .execute(named_params! {
            ":id": document.id,
            ":source": document.source,
            ":track_id": document.track_id,
            ":summary": summary.trim_end(),
            ":length": document.text.chars().count(),
            ":at": document.created_at.as_microsecond(),
        })?;
    connection
        .prepare_cached("INSERT INTO document_text (document, text) VALUES (?1, ?2)")?
        .execute(params![connection.last_insert_rowid(), document.text])?;
    Ok(())
}

/// Takes the oldest document that waits, or whose claim has run out.
pub(super) fn claim(
    connection: &Connection,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Claimed>, Refusal> {
    let claimed: Option<(i64, String, String)> = connection
        .prepare_cached(
            "UPDATE document
             SET status = 'processing', holder = :holder, claimed_until = :until, updated_at = :now
             WHERE number = (
                 SELECT min(number) FROM (
                     SELECT min(number) AS number FROM document WHERE status = 'pending'
                     UNION ALL
                     SELECT min(number) FROM document
                     WHERE status = 'processing' AND claimed_until <= :now))
             RETURNING number, id, source",
        )?
        .query_row(
            named_params! {
                ":holder": holder,
                ":now": now.as_microsecond(),
                ":until": until.as_microsecond(),
            },
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((number, id, source)) = claimed else { return Ok(None) };
    let text = connection
        .prepare_cached("SELECT text FROM document_text WHERE document = ?1")?
        .query_row([number], |row| row.get(0))?;
    Ok(Some(Claimed { id, source, text }))
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

/// Replaces a document's chunks and sets it `processed`.
///
/// Leaves one alone that is `pending`: it was deleted and added anew since these chunks were cut.
pub(super) fn finish(
    connection: &Connection,
    id: &str,
    chunks: &[NewChunk],
    model: &str,
) -> Result<(), Refusal> {
    let number: Option<i64> = connection
        .prepare_cached("SELECT number FROM document WHERE id = ?1 AND status <> 'pending'")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(()) };
    delete_chunks(connection, number)?;
    if let Some(first) = chunks.first() {
        keep_model(connection, model, first.vector.len())?;
    }
    for chunk in chunks {
        insert_chunk(connection, number, chunk)?;
    }
    connection
        .prepare_cached(
            "UPDATE document SET status = 'processed', chunks = ?2, updated_at = ?3,
                 holder = NULL, claimed_until = NULL, error = NULL
             WHERE number = ?1",
        )?
        .execute(params![number, chunks.len(), Timestamp::now().as_microsecond()])?;
    Ok(())
}

/// Sets a document that is worked on `failed`.
pub(super) fn fail(connection: &Connection, id: &str, reason: &str) -> Result<(), Refusal> {
    connection
        .prepare_cached(
            "UPDATE document SET status = 'failed', error = ?2, updated_at = ?3,
                 holder = NULL, claimed_until = NULL
             WHERE id = ?1 AND status <> 'pending'",
        )?
        .execute(params![id, reason, Timestamp::now().as_microsecond()])?;
    Ok(())
}

/// Deletes a document and all that came of it.
pub(super) fn delete(connection: &Connection, id: &str) -> Result<bool, Refusal> {
    let number: Option<i64> = connection
        .prepare_cached("DELETE FROM document WHERE id = ?1 RETURNING number")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(false) };
    connection
        .prepare_cached("DELETE FROM document_text WHERE document = ?1")?
        .execute([number])?;
    delete_chunks(connection, number)?;
    Ok(true)
}

fn delete_chunks(connection: &Connection, document: i64) -> Result<(), Refusal> {
    for table in ["chunk_term WHERE rowid", "chunk_vector WHERE chunk"] {
        connection
            .prepare_cached(&format!(
                "DELETE FROM {table} IN (SELECT id FROM chunk WHERE document = ?1)"
            ))?
            .execute([document])?;
    }
    let deleted =
        connection.prepare_cached("DELETE FROM chunk WHERE document = ?1")?.execute([document])?;
    if deleted > 0 {
        connection.execute("UPDATE vector_space SET deletions = deletions + 1", [])?;
        // The words of what was deleted leave the file when the lists that hold them are rewritten:
        // at once in a small store, bit by bit in a large one.
        connection.execute(
            "INSERT INTO chunk_term (chunk_term, rank) VALUES ('merge', ?1)",
            [-PAGES_REWRITTEN],
        )?;
    }
    Ok(())
}

fn insert_chunk(connection: &Connection, document: i64, chunk: &NewChunk) -> Result<(), Refusal> {
    connection
        .prepare_cached("INSERT INTO chunk (document, text) VALUES (?1, ?2)")?
        .execute(params![document, chunk.text])?;
    let id = connection.last_insert_rowid();
    let terms = terms::indexed(&chunk.text);
    connection
        .prepare_cached("INSERT INTO chunk_term (rowid, terms) VALUES (?1, ?2)")?
        .execute(params![id, terms])?;
    let packed = Packed::of(&chunk.vector);
    connection
        .prepare_cached(
            "INSERT INTO chunk_vector (chunk, terms, scale, cells) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![id, terms.split_terminator(' ').count(), packed.scale, packed.bytes()])?;
    Ok(())
}

/// Sets the model in a store without vectors; refuses another one in a store with some.
fn keep_model(connection: &Connection, model: &str, dimension: usize) -> Result<(), Refusal> {
    let stored: Option<(String, usize)> = connection
        .prepare_cached(
            "SELECT model, dimension FROM vector_space
             WHERE model IS NOT NULL AND EXISTS (SELECT 1 FROM chunk)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match stored {
        Some((stored, length)) if stored != model || length != dimension => {
            Err(Refusal::OtherModel {
                stored: format!("{stored} ({length} dimensions)"),
                wanted: format!("{model} ({dimension} dimensions)"),
            })
        }
        Some(_) => Ok(()),
        None => {
            connection.execute(
                "UPDATE vector_space SET model = ?1, dimension = ?2",
                params![model, dimension],
            )?;
            Ok(())
        }
    }
}
