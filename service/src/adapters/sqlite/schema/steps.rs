//! From what an older program wrote to what this one knows: a step for each version, each in one transaction.

use rusqlite::{Connection, params};

use super::{APPLICATION, VERSION};
use crate::{pipeline::document::hash, ports::store::PART_BYTES};

/// Takes a store from the version at its place to the next; the first are of version 1.
const STEPS: [fn(&Connection) -> rusqlite::Result<()>; VERSION as usize - 1] = [to_2, to_3];

/// Lays a new file out, or takes an older one through the steps that it lacks. Killed between, it goes on from there.
///
/// The transactions keep two processes from doing it both. A file of a newer version is left alone.
pub(super) fn bring_up_to_date(connection: &Connection) -> rusqlite::Result<()> {
    while step(connection)? {}
    Ok(())
}

/// Takes one step; false when there is none to take.
fn step(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let taken = within_transaction(connection)
        .and_then(|is_taken| connection.execute_batch("COMMIT").map(|()| is_taken));
    if taken.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    taken
}

fn within_transaction(connection: &Connection) -> rusqlite::Result<bool> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version >= VERSION {
        return Ok(false);
    }
    if version == 0 {
        connection.execute_batch(include_str!("now.sql"))?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    } else {
        STEPS[version as usize - 1](connection)?;
        connection.pragma_update(None, "user_version", version + 1)?;
        tracing::info!(from = version, to = version + 1, "the store has a newer schema now");
    }
    Ok(true)
}

fn to_2(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("2.sql"))?;
    let mut select = connection.prepare("SELECT document, text FROM document_text")?;
    let mut hashed =
        connection.prepare("UPDATE document SET hash = ?2, bytes = ?3 WHERE number = ?1")?;
    let mut keep = connection
        .prepare("INSERT INTO document_part (document, position, bytes) VALUES (?1, ?2, ?3)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let text: String = row.get(1)?;
        hashed.execute(params![number, hash(text.as_bytes()), text.len()])?;
        for (position, part) in (0_u32..).zip(text.as_bytes().chunks(PART_BYTES)) {
            keep.execute(params![number, position, part])?;
        }
    }
    drop(rows);
    connection.execute_batch("DROP TABLE document_text")
}

fn to_3(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("3.sql"))
}
