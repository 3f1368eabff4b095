//! The chunks of documents, as they are written: words, lengths, vectors, mentions.

use rusqlite::{Connection, OptionalExtension, params};

use super::{error::Refusal, kind::CHUNKS, mentions};
use crate::{
    pipeline::terms,
    ports::store::{NewChunk, Portion},
};

/// Of a store with up to so many chunks, a deletion rewrites the full text index at once (2 MB, some milliseconds).
const SMALL: u32 = 4096;

/// Deletes a document's chunks from a position on, with all that came of them; true when there were any.
pub(super) fn delete(connection: &Connection, document: i64, from: u32) -> rusqlite::Result<bool> {
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
pub(super) fn note_deletion(connection: &Connection) -> rusqlite::Result<()> {
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

/// Deletes a document's chunks from a position on, and says so.
pub(super) fn forget(connection: &Connection, document: i64, from: u32) -> rusqlite::Result<()> {
    if delete(connection, document, from)? {
        note_deletion(connection)?;
    }
    Ok(())
}

/// Keeps a chunk, with its words, its vector and what it mentions.
pub(super) fn insert(
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
pub(super) fn keep_model(
    connection: &Connection,
    model: &str,
    dimension: usize,
) -> Result<(), Refusal> {
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
pub(super) fn refuse_other_dimensions(portion: &Portion, dimension: usize) -> Result<(), Refusal> {
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
