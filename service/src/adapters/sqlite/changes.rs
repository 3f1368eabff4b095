//! What is written. Each function runs within a transaction of the writing thread.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{error::Refusal, kind::CHUNKS, mentions};
use crate::{
    pipeline::terms,
    ports::store::{Added, Claimed, Content, Measured, NewChunk, NewDocument, Portion},
};

/// Of a store with up to so many chunks, a deletion rewrites the full text index at once (2 MB, some milliseconds).
const SMALL: u32 = 4096;

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

/// Takes the oldest document that waits, or whose claim has run out.
pub(super) fn claim(
    connection: &Connection,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Claimed>, Refusal> {
    let claimed = connection
        .prepare_cached(
            "UPDATE document
             SET status = 'processing', holder = :holder, claimed_until = :until, updated_at = :now,
                 attempts = attempts + 1
             WHERE number = (
                 SELECT min(number) FROM (
                     SELECT min(number) AS number FROM document WHERE status = 'pending'
                     UNION ALL
                     SELECT min(number) FROM document
                     WHERE status = 'processing' AND claimed_until <= :now))
             RETURNING id, source, format, bytes, attempts",
        )?
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
    forget_chunks(connection, number, portion.from)?;
    if let Some(first) = portion.chunks.first() {
        keep_model(connection, &portion.model, first.vector.len())?;
        refuse_other_dimensions(portion, first.vector.len())?;
    }
    for (position, chunk) in (portion.from..).zip(&portion.chunks) {
        insert_chunk(connection, number, position, chunk)?;
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
    forget_chunks(connection, number, 0)?;
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
        had_chunks |= delete_chunks(connection, number, 0)?;
        deleted.push(id);
    }
    if had_chunks {
        note_deletion(connection)?;
    }
    Ok(deleted)
}

/// Deletes all documents. Whole tables are emptied at once; ids go on counting.
pub(super) fn clear(connection: &Connection) -> Result<u64, Refusal> {
    let documents = connection.execute("DELETE FROM document", [])?;
    let chunks = connection.execute("DELETE FROM chunk", [])?;
    connection.execute_batch(
        "DELETE FROM document_part;
         INSERT INTO chunk_term (chunk_term) VALUES ('delete-all');
         DELETE FROM chunk_length; DELETE FROM chunk_vector; DELETE FROM chunk_exact;
         DELETE FROM entity_mention; DELETE FROM entity_vector; DELETE FROM entity_exact;
         DELETE FROM relation_mention; DELETE FROM relation_vector; DELETE FROM relation_exact;",
    )?;
    if chunks > 0 {
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

/// Deletes a document's chunks from a position on, with all that came of them; true when there were any.
fn delete_chunks(connection: &Connection, document: i64, from: u32) -> rusqlite::Result<bool> {
    mentions::delete(connection, document, from)?;
    for table in [
        "chunk_term WHERE rowid",
        "chunk_length WHERE id",
        "chunk_vector WHERE id",
        "chunk_exact WHERE id",
    ] {
        connection
            .prepare_cached(&format!(
                "DELETE FROM {table} IN
                     (SELECT id FROM chunk WHERE document = ?1 AND position >= ?2)"
            ))?
            .execute(params![document, from])?;
    }
    let deleted = connection
        .prepare_cached("DELETE FROM chunk WHERE document = ?1 AND position >= ?2")?
        .execute(params![document, from])?;
    Ok(deleted > 0)
}

/// Says that chunks were deleted, and lets the full text index forget their words.
///
/// They leave the file when the lists that hold them are rewritten: at once in a small store; in a large one when a tenth of
/// the chunks of some lists are gone, which FTS5 sees to as it writes (<https://www.sqlite.org/fts5.html#the_deletemerge_configuration_option>).
fn note_deletion(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE vector_space SET deletions = deletions + 1", [])?;
    let is_large: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM chunk_length LIMIT 1 OFFSET ?1)")?
        .query_row([SMALL], |row| row.get(0))?;
    if !is_large {
        connection
            .execute("INSERT INTO chunk_term (chunk_term, rank) VALUES ('merge', -500)", [])?;
    }
    Ok(())
}

/// Deletes a document's chunks from a position on.
fn forget_chunks(connection: &Connection, document: i64, from: u32) -> rusqlite::Result<()> {
    if delete_chunks(connection, document, from)? {
        note_deletion(connection)?;
    }
    Ok(())
}

/// Keeps a chunk, with its words, its vector and what it mentions.
pub(super) fn insert_chunk(
    connection: &Connection,
    document: i64,
    position: u32,
    chunk: &NewChunk,
) -> Result<(), Refusal> {
    connection
        .prepare_cached("INSERT INTO chunk (document, position, text) VALUES (?1, ?2, ?3)")?
        .execute(params![document, position, chunk.text])?;
    let id = connection.last_insert_rowid();
    let terms = terms::indexed(&chunk.text);
    connection
        .prepare_cached("INSERT INTO chunk_term (rowid, terms) VALUES (?1, ?2)")?
        .execute(params![id, terms])?;
    connection
        .prepare_cached("INSERT INTO chunk_length (id, terms) VALUES (?1, ?2)")?
        .execute(params![id, terms.split_terminator(' ').count()])?;
    CHUNKS.insert(connection, id, &chunk.vector)?;
    mentions::insert(connection, id, &chunk.mentions)?;
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

/// Refuses a portion whose vectors are not all of one length.
fn refuse_other_dimensions(portion: &Portion, dimension: usize) -> Result<(), Refusal> {
    let lengths = portion.chunks.iter().flat_map(|chunk| {
        let entities = chunk.mentions.entities.iter().map(|mention| mention.vector.len());
        let relations = chunk.mentions.relations.iter().map(|mention| mention.vector.len());
        entities.chain(relations).chain([chunk.vector.len()])
    });
    match lengths.into_iter().find(|&length| length != dimension) {
        Some(other) => Err(Refusal::OtherModel {
            stored: format!("{} ({dimension} dimensions)", portion.model),
            wanted: format!("{other} dimensions"),
        }),
        None => Ok(()),
    }
}
