//! What is read of documents and chunks.

use std::collections::HashMap;

use bytes::Bytes;
use deadpool_postgres::GenericClient;
use futures_util::future::{BoxFuture, FutureExt};
use pgvector::HalfVector;
use tokio_postgres::{Row, error::SqlState};

use super::{
    error::Refusal,
    server::Connection,
    space,
    sql::{self, kept_position, plain, wide},
};
use crate::ports::store::{
    Chunk, Counts, Document, DocumentPage, DocumentStatus, Hit, Page, Sort, SortBy,
};

/// A part of a document's content.
pub(super) fn part<'a>(
    connection: &'a mut Connection,
    (id, position): &'a (String, u32),
) -> BoxFuture<'a, Result<Option<Bytes>, Refusal>> {
    async move {
        let part =
            "SELECT document_part.bytes FROM document JOIN document_part ON document = number
                    WHERE id = $1 AND position = $2";
        let Ok(position) = kept_position(*position) else { return Ok(None) };
        let Some(row) = sql::row(&*connection, part, &[&plain(id), &position]).await? else {
            return Ok(None);
        };
        Ok(Some(Bytes::copy_from_slice(row.try_get(0)?)))
    }
    .boxed()
}

/// A page of documents.
pub(super) fn documents<'a>(
    connection: &'a mut Connection,
    page: &'a Page,
) -> BoxFuture<'a, Result<DocumentPage, Refusal>> {
    async move {
        let order = order(page.sort);
        let of_these = "($1::text IS NULL OR track_id = $1) AND (cardinality($2::text[]) = 0 OR status = ANY($2))";
        let track = page.track_id.as_deref().map(plain);
        let statuses: Vec<_> = page.statuses.iter().map(|status| status.word()).collect();
        let select = format!(
            "SELECT id, source, format, status, summary, length, chunks, created_at, updated_at, track_id, error
             FROM document WHERE {of_these} ORDER BY {order} LIMIT $3 OFFSET $4"
        );
        let skipped = u64::from(page.page.saturating_sub(1)) * u64::from(page.size);
        let (size, skipped) = (wide(page.size), wide(skipped));
        let given: sql::Given<'_> = &[&track, &statuses, &size, &skipped];
        let rows = sql::rows(&*connection, &select, given).await?;
        let documents = rows.iter().map(document).collect::<Result<_, _>>()?;
        let count = format!("SELECT count(*) FROM document WHERE {of_these}");
        let total = sql::row(&*connection, &count, &[&track, &statuses]).await?;
        let total = total.map_or(Ok(0), |row| sql::count(&row, 0))?;
        Ok(DocumentPage { documents, total })
    }
    .boxed()
}

/// Nothing of it comes from outside.
fn order(sort: Sort) -> String {
    let direction = if sort.ascending { "ASC" } else { "DESC" };
    let column = match sort.by {
        SortBy::Created => "created_at",
        SortBy::Updated => "updated_at",
        SortBy::Id => "id",
        // As the index has it, which cannot hold the longest.
        SortBy::Source => {
            return format!(
                "left(source, 256) {direction}, source {direction}, number {direction}"
            );
        }
    };
    format!("{column} {direction}, number {direction}")
}

fn document(row: &Row) -> Result<Document, Refusal> {
    Ok(Document {
        id: row.try_get(0)?,
        source: row.try_get(1)?,
        format: row.try_get(2)?,
        status: status(row, 3)?,
        summary: row.try_get(4)?,
        length: sql::count(row, 5)?,
        chunks: sql::count(row, 6)?,
        created_at: row.try_get(7)?,
        updated_at: row.try_get(8)?,
        track_id: row.try_get(9)?,
        error: row.try_get(10)?,
    })
}

fn status(row: &Row, column: usize) -> Result<DocumentStatus, Refusal> {
    let word: &str = row.try_get(column)?;
    let known = DocumentStatus::ALL.into_iter().find(|status| status.word() == word);
    known.ok_or_else(|| Refusal::Failed(format!("`{word}` is no status of a document")))
}

/// Documents by status.
pub(super) fn counts<'a>(
    connection: &'a mut Connection,
    (): &'a (),
) -> BoxFuture<'a, Result<Counts, Refusal>> {
    async move {
        let mut counts = Counts::default();
        let count = "SELECT status, count(*) FROM document GROUP BY status";
        for row in sql::rows(&*connection, count, &[]).await? {
            *match status(&row, 0)? {
                DocumentStatus::Pending => &mut counts.pending,
                DocumentStatus::Processing => &mut counts.processing,
                DocumentStatus::Processed => &mut counts.processed,
                DocumentStatus::Failed => &mut counts.failed,
            } = sql::count(&row, 1)?;
        }
        Ok(counts)
    }
    .boxed()
}

/// The chunks with these ids, in that order.
pub(super) fn chunks<'a>(
    connection: &'a mut Connection,
    ids: &'a Vec<i64>,
) -> BoxFuture<'a, Result<Vec<Chunk>, Refusal>> {
    async move {
        let select = "SELECT chunk.id, document.id, position, source, text
                      FROM document JOIN chunk ON document = number WHERE chunk.id = ANY($1)";
        let mut found = HashMap::with_capacity(ids.len());
        for row in sql::rows(&*connection, select, &[ids]).await? {
            let chunk = Chunk {
                id: row.try_get(0)?,
                document: row.try_get(1)?,
                position: sql::position(&row, 2)?,
                source: row.try_get(3)?,
                text: row.try_get(4)?,
            };
            found.insert(chunk.id, chunk);
        }
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
    }
    .boxed()
}

/// The chunks nearest to a vector.
pub(super) async fn nearest(
    client: &impl GenericClient,
    vector: &[f32],
    limit: usize,
    threshold: f32,
) -> Result<Vec<Hit>, Refusal> {
    let nearest = "SELECT chunk, (1 - (vector <=> $1))::real FROM chunk_vector ORDER BY vector <=> $1 LIMIT $2";
    let wanted = HalfVector::from_f32_slice(vector);
    let rows = match sql::rows(client, nearest, &[&wanted, &wide(limit)]).await {
        Err(refusal) if is_about_data(&refusal) => {
            return Err(space::explain(client, vector.len(), refusal).await);
        }
        rows => rows?,
    };
    let hits = rows.iter().map(|row| Ok(Hit { chunk: row.try_get(0)?, score: row.try_get(1)? }));
    let mut hits = hits.collect::<Result<Vec<_>, Refusal>>()?;
    hits.retain(|hit| hit.score >= threshold);
    // The index compares with what it rounded for itself, so that its order is not quite that of the scores.
    hits.sort_by(|one, other| other.score.total_cmp(&one.score));
    Ok(hits)
}

/// Whether the server found what it was given unfit, as a vector of another length is.
pub(super) fn is_about_data(refusal: &Refusal) -> bool {
    let Refusal::Engine(error) = refusal else { return false };
    error.code() == Some(&SqlState::DATA_EXCEPTION)
}
