//! What is written of chunks: a portion of a document's at a time.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use deadpool_postgres::Transaction;
use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use pgvector::HalfVector;

use super::{
    changes::held,
    error::Refusal,
    lexemes::Lexemes,
    server::Connection,
    space::{self, Space},
    sql::{self, kept_position, plain, wide},
};
use crate::ports::{
    graph::key,
    store::{Measured, NewChunk, Portion},
};

/// Chunks that one statement carries: their index takes some milliseconds each.
pub(super) const TOGETHER: usize = 128;

/// Tables of what a chunk holds, each with a column `chunk`.
const TABLES: [&str; 4] = ["chunk_vector", "chunk_word", "entity_mention", "relation_mention"];

/// A portion to put, and whether a try whose answer was lost had finished the document.
pub(super) struct Putting {
    pub(super) id: String,
    pub(super) holder: String,
    pub(super) portion: Arc<Portion>,
    pub(super) was_finished: AtomicBool,
}

/// Stores a portion; with the last one the document is `processed`. False when it is not the holder's.
pub(super) fn put<'a>(
    connection: &'a mut Connection,
    putting: &'a Putting,
) -> BoxFuture<'a, Result<bool, Refusal>> {
    async move {
        let portion = &putting.portion;
        let space = space_of(portion)?;
        let transaction = connection.transaction().await?;
        let Some(number) = held(&transaction, &putting.id, &putting.holder).await? else {
            return is_finished(&transaction, putting).await;
        };
        match space {
            Some(space) => space::enter(&transaction, &space, number, portion.from).await?,
            None => delete_chunks(&transaction, &[number], portion.from).await?,
        }
        let count = portion.chunks.len();
        for start in (0..count).step_by(TOGETHER) {
            let range = start..count.min(start + TOGETHER);
            insert(&transaction, number, Arc::clone(portion), range).await?;
        }
        if let Some(Measured { summary, length }) = &portion.end {
            let finish = "UPDATE document
                          SET status = 'processed', summary = $2, length = $3, updated_at = $4,
                              chunks = (SELECT count(*) FROM chunk WHERE document = $1),
                              holder = NULL, claimed_until = NULL, attempts = 0, error = NULL
                          WHERE number = $1";
            let (length, now) = (wide(*length), Timestamp::now());
            sql::change(&transaction, finish, &[&number, &plain(summary), &length, &now]).await?;
            putting.was_finished.store(true, Ordering::Relaxed);
        }
        transaction.commit().await?;
        Ok(true)
    }
    .boxed()
}

/// Whether an earlier try has finished the document although its answer was lost.
async fn is_finished(transaction: &Transaction<'_>, putting: &Putting) -> Result<bool, Refusal> {
    if !putting.was_finished.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let finished = "SELECT FROM document WHERE id = $1 AND status = 'processed'";
    Ok(sql::row(transaction, finished, &[&plain(&putting.id)]).await?.is_some())
}

/// What the vectors of a portion are; refuses a portion whose vectors differ in length.
fn space_of(portion: &Portion) -> Result<Option<Space>, Refusal> {
    let vectors = portion.chunks.iter().flat_map(|chunk| {
        let entities = chunk.mentions.entities.iter().map(|mention| &mention.vector);
        let relations = chunk.mentions.relations.iter().map(|mention| &mention.vector);
        std::iter::once(&chunk.vector).chain(entities).chain(relations)
    });
    let mut lengths = vectors.map(Vec::len);
    let Some(dimension) = lengths.next() else { return Ok(None) };
    let model = &portion.model;
    match lengths.find(|&length| length != dimension) {
        Some(other) => Err(Refusal::OtherModel {
            stored: format!("{model} ({dimension} dimensions)"),
            wanted: format!("{model} ({other} dimensions)"),
        }),
        None => Ok(Some(Space { model: model.clone(), dimension })),
    }
}

/// Deletes documents' chunks from a position on.
pub(super) async fn delete_chunks(
    transaction: &Transaction<'_>,
    documents: &[i64],
    from: u32,
) -> Result<(), Refusal> {
    let from = kept_position(from)?;
    for table in TABLES {
        let delete = format!(
            "DELETE FROM {table} USING chunk WHERE {table}.chunk = chunk.id AND document = ANY($1) AND position >= $2"
        );
        sql::change(transaction, &delete, &[&documents, &from]).await?;
    }
    let delete = "DELETE FROM chunk WHERE document = ANY($1) AND position >= $2";
    sql::change(transaction, delete, &[&documents, &from]).await?;
    Ok(())
}

/// Stores some chunks of a portion.
async fn insert(
    transaction: &Transaction<'_>,
    document: i64,
    portion: Arc<Portion>,
    range: Range<usize>,
) -> Result<(), Refusal> {
    let count = wide(range.len());
    let ids = "SELECT nextval('chunk_id_seq') FROM generate_series(1, $1::bigint)";
    let rows = sql::rows(transaction, ids, &[&count]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    // Cutting words takes too long for a thread that others wait for.
    let rows = tokio::task::spawn_blocking(move || Rows::of(&ids, &portion, range)).await;
    let rows = rows.map_err(|failure| Refusal::Failed(failure.to_string()))??;
    rows.insert(transaction, document).await
}

/// Chunks in columns, as one statement takes them.
#[derive(Default)]
struct Rows {
    ids: Vec<i64>,
    positions: Vec<i32>,
    texts: Vec<String>,
    vectors: Vec<HalfVector>,
    lengths: Vec<i32>,
    lexemes: Vec<String>,
    entities: Entities,
    relations: Relations,
}

/// Mentions of things in columns.
#[derive(Default)]
struct Entities {
    chunks: Vec<i64>,
    keys: Vec<String>,
    names: Vec<String>,
    kinds: Vec<String>,
    descriptions: Vec<String>,
    vectors: Vec<HalfVector>,
}

/// Mentions of relations in columns.
#[derive(Default)]
struct Relations {
    chunks: Vec<i64>,
    ends: [Vec<String>; 2],
    names: [Vec<String>; 2],
    keywords: Vec<String>,
    descriptions: Vec<String>,
    weights: Vec<f32>,
    vectors: Vec<HalfVector>,
}

impl Rows {
    fn of(ids: &[i64], portion: &Portion, range: Range<usize>) -> Result<Self, Refusal> {
        let mut rows = Self { ids: ids.to_vec(), ..Self::default() };
        let positions = (portion.from..).skip(range.start);
        for ((&id, position), chunk) in ids.iter().zip(positions).zip(&portion.chunks[range]) {
            rows.positions.push(kept_position(position)?);
            rows.push(id, chunk);
        }
        Ok(rows)
    }

    fn push(&mut self, id: i64, chunk: &NewChunk) {
        let Lexemes { length, joined } = Lexemes::of(&chunk.text);
        self.texts.push(plain(&chunk.text).into_owned());
        self.vectors.push(HalfVector::from_f32_slice(&chunk.vector));
        self.lengths.push(length);
        self.lexemes.push(joined);
        for mention in &chunk.mentions.entities {
            let to = &mut self.entities;
            to.chunks.push(id);
            to.keys.push(kept_key(&mention.name));
            to.names.push(plain(&mention.name).into_owned());
            to.kinds.push(plain(&mention.kind).into_owned());
            to.descriptions.push(plain(&mention.description).into_owned());
            to.vectors.push(HalfVector::from_f32_slice(&mention.vector));
        }
        for mention in &chunk.mentions.relations {
            let to = &mut self.relations;
            let mut ends = [&mention.source, &mention.target].map(|name| (kept_key(name), name));
            ends.sort_by(|one, other| one.0.cmp(&other.0));
            for (side, (key, name)) in ends.into_iter().enumerate() {
                to.ends[side].push(key);
                to.names[side].push(plain(name).into_owned());
            }
            to.chunks.push(id);
            to.keywords.push(plain(&mention.keywords).into_owned());
            to.descriptions.push(plain(&mention.description).into_owned());
            to.weights.push(mention.weight);
            to.vectors.push(HalfVector::from_f32_slice(&mention.vector));
        }
    }

    async fn insert(&self, to: &Transaction<'_>, document: i64) -> Result<(), Refusal> {
        sql::change(
            to,
            "INSERT INTO chunk (id, document, position, text)
             SELECT id, $1, position, text
             FROM unnest($2::bigint[], $3::integer[], $4::text[]) AS new (id, position, text)",
            &[&document, &self.ids, &self.positions, &self.texts],
        )
        .await?;
        sql::change(
            to,
            "INSERT INTO chunk_vector (chunk, vector) SELECT * FROM unnest($1::bigint[], $2::halfvec[])",
            &[&self.ids, &self.vectors],
        )
        .await?;
        sql::change(
            to,
            "INSERT INTO chunk_word (chunk, length, terms)
             SELECT chunk, length, array_to_tsvector(string_to_array(lexemes, E'\\t'))
             FROM unnest($1::bigint[], $2::integer[], $3::text[]) AS new (chunk, length, lexemes)",
            &[&self.ids, &self.lengths, &self.lexemes],
        )
        .await?;
        let Entities { chunks, keys, names, kinds, descriptions, vectors } = &self.entities;
        if !chunks.is_empty() {
            sql::change(
                to,
                "INSERT INTO entity_mention (chunk, key, name, kind, description, vector)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::halfvec[])",
                &[chunks, keys, names, kinds, descriptions, vectors],
            )
            .await?;
        }
        let Relations { chunks, ends, names, keywords, descriptions, weights, vectors } =
            &self.relations;
        if !chunks.is_empty() {
            sql::change(
                to,
                "INSERT INTO relation_mention
                     (chunk, one, other, source, target, keywords, description, weight, vector)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::real[], $9::halfvec[])",
                &[
                    chunks, &ends[0], &ends[1], &names[0], &names[1], keywords, descriptions,
                    weights, vectors,
                ],
            )
            .await?;
        }
        Ok(())
    }
}

/// The longest key that is kept as it is, in bytes: an entry of an index must fit in a third of a page.
const LONGEST_KEY: usize = 512;

/// What a name is compared by, as it is kept: of a very long one the beginning, and a hash of all of it.
pub(super) fn kept_key(name: &str) -> String {
    use sha2::{Digest, Sha256};
    let key = plain(&key(name)).into_owned();
    if key.len() <= LONGEST_KEY {
        return key;
    }
    let hash = Sha256::digest(key.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}~{hash}", &key[..key.floor_char_boundary(LONGEST_KEY - hash.len() - 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_long_keys_fit_and_stay_apart() {
        let long = |end| kept_key(&format!("{}{end}", "Straße ".repeat(100)));
        assert_ne!(long("one"), long("two"));
        assert!(long("one").len() <= LONGEST_KEY);
        assert_eq!(kept_key(&long("one")), long("one"));
        assert_eq!(kept_key(" ACME\0"), "acme\u{fffd}");
    }
}
