//! What is read: a few connections, and the questions asked over them.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::{error::Refusal, schema};
use crate::ports::store::{
    Chunk, Counts, Document, DocumentPage, DocumentStatus, Page, StoreError,
};

/// Connections kept open while nobody reads.
const IDLE: usize = 8;

/// Connections for reading.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Asks a question over a free connection, or over a new one.
    pub(super) fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Refusal>,
    ) -> Result<T, StoreError> {
        self.ask(question).map_err(|refusal| refusal.about(&self.path))
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let free = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match free {
            Some(connection) => connection,
            None => schema::open_for_reading(&self.path)?,
        };
        // After a failure nobody knows what state a connection is in: it is closed.
        let answer = within_transaction(&connection, question)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok(answer)
    }
}

/// Asks a question of one state of the store, and locks the file once instead of at each statement.
fn within_transaction<T>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let answer = question(connection)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(answer)
}

/// The chunks with these ids, in that order.
pub(super) fn chunks(connection: &Connection, ids: &[i64]) -> rusqlite::Result<Vec<Chunk>> {
    let mut select = connection.prepare_cached(
        "SELECT document.id, source, text FROM chunk JOIN document ON number = document
         WHERE chunk.id = ?1",
    )?;
    let mut chunks = Vec::with_capacity(ids.len());
    for &id in ids {
        let mut rows = select.query([id])?;
        if let Some(row) = rows.next()? {
            chunks.push(Chunk {
                id,
                document: row.get(0)?,
                source: row.get(1)?,
                text: row.get(2)?,
            });
        }
    }
    Ok(chunks)
}

/// A page of documents, newest first.
pub(super) fn documents(connection: &Connection, page: &Page) -> rusqlite::Result<DocumentPage> {
    let mut select = connection.prepare_cached(
        "SELECT id, source, status, summary, length, chunks, created_at, updated_at, track_id, error
         FROM document WHERE :track IS NULL OR track_id = :track
         ORDER BY number DESC LIMIT :size OFFSET :skipped",
    )?;
    let skipped = u64::from(page.page.saturating_sub(1)) * u64::from(page.size);
    let documents = select
        .query_map(
            named_params! { ":track": page.track_id, ":size": page.size, ":skipped": skipped },
            document,
        )?
        .collect::<Result<_, _>>()?;
    let total = connection
        .prepare_cached("SELECT count(*) FROM document WHERE ?1 IS NULL OR track_id = ?1")?
        .query_row([&page.track_id], |row| row.get(0))?;
    Ok(DocumentPage { documents, total })
}

/// Documents by status.
pub(super) fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut select =
        connection.prepare_cached("SELECT status, count(*) FROM document GROUP BY status")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        *match status(row, 0)? {
            DocumentStatus::Pending => &mut counts.pending,
            DocumentStatus::Processing => &mut counts.processing,
            DocumentStatus::Processed => &mut counts.processed,
            DocumentStatus::Failed => &mut counts.failed,
        } = row.get(1)?;
    }
    Ok(counts)
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        id: row.get(0)?,
        source: row.get(1)?,
        status: status(row, 2)?,
        summary: row.get(3)?,
        length: row.get(4)?,
        chunks: row.get(5)?,
        created_at: time(row, 6)?,
        updated_at: time(row, 7)?,
        track_id: row.get(8)?,
        error: row.get(9)?,
    })
}

fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<DocumentStatus> {
    match row.get_ref(column)?.as_str()? {
        "pending" => Ok(DocumentStatus::Pending),
        "processing" => Ok(DocumentStatus::Processing),
        "processed" => Ok(DocumentStatus::Processed),
        "failed" => Ok(DocumentStatus::Failed),
        _ => Err(rusqlite::Error::IntegralValueOutOfRange(column, 0)),
    }
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let at = row.get(column)?;
    Timestamp::from_microsecond(at)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, at))
}
