//! What chunks mention, as it is written. There is nothing else of the graph: it is put together at the reading.

use rusqlite::{Connection, params};

use super::kind::{ENTITIES, RELATIONS};
use crate::ports::graph::{EntityMention, Mentions, RelationMention, key};

/// Keeps what a chunk mentions.
pub(super) fn insert(
    connection: &Connection,
    chunk: i64,
    mentions: &Mentions,
) -> rusqlite::Result<()> {
    for mention in &mentions.entities {
        insert_entity(connection, chunk, mention)?;
    }
    for mention in &mentions.relations {
        insert_relation(connection, chunk, mention)?;
    }
    Ok(())
}

fn insert_entity(
    connection: &Connection,
    chunk: i64,
    mention: &EntityMention,
) -> rusqlite::Result<()> {
    let EntityMention { name, kind, description, vector } = mention;
    connection
        .prepare_cached(
            "INSERT INTO entity_mention (chunk, key, name, kind, description)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![chunk, key(name), name, kind, description])?;
    ENTITIES.insert(connection, connection.last_insert_rowid(), vector)
}

/// Keeps a relation by its keys in order, since it has no direction.
fn insert_relation(
    connection: &Connection,
    chunk: i64,
    mention: &RelationMention,
) -> rusqlite::Result<()> {
    let RelationMention { source, target, keywords, description, weight, vector } = mention;
    let mut ends = [(key(source), source), (key(target), target)];
    ends.sort();
    let [(one, source), (other, target)] = ends;
    connection
        .prepare_cached(
            "INSERT INTO relation_mention
                 (chunk, one, other, source, target, keywords, description, weight)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![chunk, one, other, source, target, keywords, description, weight])?;
    RELATIONS.insert(connection, connection.last_insert_rowid(), vector)
}

/// Deletes what a document's chunks mention, from a position on.
pub(super) fn delete(connection: &Connection, document: i64, from: u32) -> rusqlite::Result<()> {
    for kind in ["entity", "relation"] {
        let of_chunks = format!(
            "{kind}_mention WHERE chunk IN
                 (SELECT id FROM chunk WHERE document = ?1 AND position >= ?2)"
        );
        for table in ["vector", "exact"] {
            connection
                .prepare_cached(&format!(
                    "DELETE FROM {kind}_{table} WHERE id IN (SELECT id FROM {of_chunks})"
                ))?
                .execute(params![document, from])?;
        }
        connection
            .prepare_cached(&format!("DELETE FROM {of_chunks}"))?
            .execute(params![document, from])?;
    }
    Ok(())
}
