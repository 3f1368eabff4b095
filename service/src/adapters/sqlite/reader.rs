//! What is read: a few connections, and the questions asked over them.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::{error::Refusal, schema};
use crate::ports::store::{
    Chunk, Counts, Document, DocumentPage, DocumentStatus, Page, Sort, SortBy, StoreError,
};

/// More documents than this take longer to sort than to walk through in order.
const MANY: u64 = 4096;

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
        "SELECT document.id, position, source, text FROM chunk JOIN document ON number = document
         WHERE chunk.id = ?1",
    )?;
    let mut chunks = Vec::with_capacity(ids.len());
    for &id in ids {
        let mut rows = select.query([id])?;
        if let Some(row) = rows.next()? {
            chunks.push(Chunk {
                id,
                document: row.get(0)?,
                position: row.get(1)?,
                source: row.get(2)?,
                text: row.get(3)?,
            });
        }
    }
    Ok(chunks)
}

/// A part of a document's content.
pub(super) fn part(
    connection: &Connection,
    id: &str,
    position: u32,
) -> rusqlite::Result<Option<Bytes>> {
    connection
        .prepare_cached(
            "SELECT document_part.bytes FROM document_part JOIN document ON number = document
             WHERE id = ?1 AND position = ?2",
        )?
        .query_row(params![id, position], |row| Ok(row.get::<_, Vec<u8>>(0)?.into()))
        .optional()
}

/// A page of documents.
pub(super) fn documents(connection: &Connection, page: &Page) -> rusqlite::Result<DocumentPage> {
    let track: Vec<(&str, &dyn ToSql)> =
        page.track_id.iter().map(|track| (":track", track as &dyn ToSql)).collect();
    let filter = filter(page, "status");
    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM document {filter}"))?
        .query_row(&*track, |row| row.get(0))?;

    // Few are looked up by their status and sorted; of many, the first that the index of the order gives will do. The plus
    // keeps SQLite from the index of the status: https://www.sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_
    let filter = if total > MANY { self::filter(page, "+status") } else { filter };
    let order = order(page.sort);
    let skipped = u64::from(page.page.saturating_sub(1)) * u64::from(page.size);
    let part: [(&str, &dyn ToSql); 2] = [(":size", &page.size), (":skipped", &skipped)];
    let documents = connection
        .prepare_cached(&format!(
            "SELECT id, source, format, status, summary, length, chunks, created_at, updated_at,
                 track_id, error
             FROM document {filter} ORDER BY {order} LIMIT :size OFFSET :skipped",
        ))?
        .query_map(&*[&track[..], &part].concat(), document)?
        .collect::<Result<_, _>>()?;
    Ok(DocumentPage { documents, total })
}

/// The condition on the documents of a list; nothing of it comes from outside but `:track`.
///
/// What is not asked for is not in it: a condition that holds for all would keep the indexes from being used.
fn filter(page: &Page, status: &str) -> String {
    let mut conditions = Vec::new();
    if page.track_id.is_some() {
        conditions.push("track_id = :track".to_owned());
    }
    if !page.statuses.is_empty() {
        let words: Vec<String> =
            page.statuses.iter().map(|status| format!("'{}'", status.word())).collect();
        conditions.push(format!("{status} IN ({})", words.join(", ")));
    }
    if conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", conditions.join(" AND "))
    }
}

fn order(sort: Sort) -> String {
    let column = match sort.by {
        SortBy::Created => "created_at",
        SortBy::Updated => "updated_at",
        SortBy::Id => "id",
        SortBy::Source => "source",
    };
    let direction = if sort.ascending { "ASC" } else { "DESC" };
    format!("{column} {direction}, number {direction}")
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
        format: row.get(2)?,
        status: status(row, 3)?,
        summary: row.get(4)?,
        length: row.get(5)?,
        chunks: row.get(6)?,
        created_at: time(row, 7)?,
        updated_at: time(row, 8)?,
        track_id: row.get(9)?,
        error: row.get(10)?,
    })
}

fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<DocumentStatus> {
    let word = row.get_ref(column)?.as_str()?;
    let known = DocumentStatus::ALL.into_iter().find(|status| status.word() == word);
    known.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, 0))
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let at = row.get(column)?;
    Timestamp::from_microsecond(at)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, at))
}
