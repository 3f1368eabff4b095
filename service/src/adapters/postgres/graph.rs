//! Things and relations, from their mentions.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use futures_util::future::{BoxFuture, FutureExt};
use pgvector::HalfVector;
use tokio_postgres::Row;

use super::{
    error::Refusal,
    gather::{Pair, entities, relations},
    portion::kept_key,
    reader::is_about_data,
    server::Connection,
    space,
    sql::{self, wide},
};
use crate::ports::graph::{Entity, Names, Near, Relation};

/// Mentions that are looked at for each thing that is wanted: a thing may have many that are near.
const MENTIONS_PER_THING: usize = 4;

/// The most mentions that are looked at.
const MENTIONS: usize = 16 * 1024;

/// What is near to be found.
pub(super) struct Nearest {
    pub(super) vector: Vec<f32>,
    pub(super) limit: usize,
    pub(super) threshold: f32,
}

/// The keys of the things that are nearest.
pub(super) fn nearest_entities<'a>(
    connection: &'a mut Connection,
    wanted: &'a Nearest,
) -> BoxFuture<'a, Result<Vec<Near<String>>, Refusal>> {
    let nearest = "SELECT (1 - (vector <=> $1))::real, key FROM entity_mention ORDER BY vector <=> $1 LIMIT $2";
    by_mentions(connection, wanted, nearest, |row| Ok(row.try_get(1)?)).boxed()
}

/// The pairs of keys of the relations that are nearest.
pub(super) fn nearest_relations<'a>(
    connection: &'a mut Connection,
    wanted: &'a Nearest,
) -> BoxFuture<'a, Result<Vec<Near<Pair>>, Refusal>> {
    let nearest = "SELECT (1 - (vector <=> $1))::real, one, other FROM relation_mention ORDER BY vector <=> $1 LIMIT $2";
    by_mentions(connection, wanted, nearest, |row| Ok((row.try_get(1)?, row.try_get(2)?))).boxed()
}

/// What the nearest mentions are of, each once; looks at more of them until there is enough.
async fn by_mentions<T: Clone + Eq + Hash>(
    connection: &Connection,
    wanted: &Nearest,
    nearest: &str,
    of: impl Fn(&Row) -> Result<T, Refusal>,
) -> Result<Vec<Near<T>>, Refusal> {
    let vector = HalfVector::from_f32_slice(&wanted.vector);
    let mut looked_at = wanted.limit.saturating_mul(MENTIONS_PER_THING).min(MENTIONS);
    loop {
        let rows = match sql::rows(connection, nearest, &[&vector, &wide(looked_at)]).await {
            Err(refusal) if is_about_data(&refusal) => {
                return Err(space::explain(connection, wanted.vector.len(), refusal).await);
            }
            rows => rows?,
        };
        let mut scored = Vec::with_capacity(rows.len());
        for row in &rows {
            let score: f32 = row.try_get(0)?;
            if score >= wanted.threshold {
                scored.push((score, of(row)?));
            }
        }
        let is_all = scored.len() < looked_at || looked_at == MENTIONS;
        let found = best_once(scored, wanted.limit);
        if is_all || found.len() == wanted.limit {
            return Ok(found);
        }
        looked_at = (looked_at * 4).min(MENTIONS);
    }
}

/// The best score of each thing, best first.
fn best_once<T: Clone + Eq + Hash>(mut scored: Vec<(f32, T)>, limit: usize) -> Vec<Near<T>> {
    // The index compares with what it rounded for itself, so that its order is not quite that of the scores.
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut known = HashSet::new();
    scored.retain(|(_, thing)| known.insert(thing.clone()));
    scored.into_iter().take(limit).map(|(score, found)| Near { found, score }).collect()
}

/// The things with these keys, in that order.
pub(super) fn things<'a>(
    connection: &'a mut Connection,
    keys: &'a [String],
) -> BoxFuture<'a, Result<Vec<Entity>, Refusal>> {
    async move {
        let keys: Vec<String> = keys.iter().map(|key| kept_key(key)).collect();
        let mentions = "SELECT key, name, kind, description, chunk.id, document.source, document.created_at
                        FROM document JOIN chunk ON chunk.document = document.number
                            JOIN entity_mention ON chunk = chunk.id
                        WHERE key = ANY($1) ORDER BY entity_mention.id";
        let mentions = sql::rows(connection, mentions, &[&keys]).await?;
        let degrees = "SELECT key, count(DISTINCT neighbour) FROM (
                           SELECT one AS key, other AS neighbour FROM relation_mention WHERE one = ANY($1)
                           UNION ALL
                           SELECT other, one FROM relation_mention WHERE other = ANY($1)) AS link
                       WHERE key <> neighbour GROUP BY key";
        let mut degree = HashMap::new();
        for row in sql::rows(connection, degrees, &[&keys]).await? {
            degree.insert(row.try_get::<_, String>(0)?, sql::count(&row, 1)?);
        }
        let mut found = entities(&mentions, &degree)?;
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }
    .boxed()
}

/// The relations between these pairs of keys, in that order.
pub(super) fn between<'a>(
    connection: &'a mut Connection,
    pairs: &'a [Pair],
) -> BoxFuture<'a, Result<Vec<Relation>, Refusal>> {
    async move {
        let pairs = pairs.iter().map(|(one, other)| {
            let (one, other) = (kept_key(one), kept_key(other));
            if one <= other { (one, other) } else { (other, one) }
        });
        of_pairs(connection, pairs.collect()).await
    }
    .boxed()
}

/// The relations between pairs of keys that are in their order.
async fn of_pairs(connection: &Connection, pairs: Vec<Pair>) -> Result<Vec<Relation>, Refusal> {
    let (ones, others): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
    let mentions =
        "SELECT one, other, relation_mention.source, target, keywords, description, weight, chunk.id,
             document.source, document.created_at
         FROM document JOIN chunk ON chunk.document = document.number
             JOIN relation_mention ON chunk = chunk.id
             JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS pair (one, other)) AS pair
                 USING (one, other)
         ORDER BY relation_mention.id";
    let mentions = sql::rows(connection, mentions, &[&ones, &others]).await?;
    let mut found = relations(&mentions)?;
    Ok(pairs.iter().filter_map(|pair| found.remove(pair)).collect())
}

/// The relations of these things to others, those of the best connected first.
pub(super) fn of_things<'a>(
    connection: &'a mut Connection,
    (keys, limit): &'a (Vec<String>, usize),
) -> BoxFuture<'a, Result<Vec<Relation>, Refusal>> {
    async move {
        let keys: Vec<String> = keys.iter().map(|key| kept_key(key)).collect();
        let pairs = "WITH pair AS MATERIALIZED (
                         SELECT one, other, sum(weight) AS weight FROM relation_mention
                         WHERE (one = ANY($1) OR other = ANY($1)) AND one <> other GROUP BY one, other),
                     end_of AS MATERIALIZED (SELECT one AS key FROM pair UNION SELECT other FROM pair),
                     degree AS MATERIALIZED (
                         SELECT key, (SELECT count(*) FROM (
                             SELECT other FROM relation_mention WHERE one = key AND other <> key
                             UNION SELECT one FROM relation_mention WHERE other = key AND one <> key) AS neighbour)
                         FROM end_of)
                     SELECT one, other FROM pair
                         JOIN degree AS of_one ON of_one.key = one JOIN degree AS of_other ON of_other.key = other
                     ORDER BY of_one.count + of_other.count DESC, weight DESC, one, other LIMIT $2";
        let rows = sql::rows(connection, pairs, &[&keys, &wide(*limit)]).await?;
        let pairs = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        of_pairs(connection, pairs.collect::<Result<_, Refusal>>()?).await
    }
    .boxed()
}

/// Names of things.
pub(super) fn names<'a>(
    connection: &'a mut Connection,
    (order, limit): &'a (Names, usize),
) -> BoxFuture<'a, Result<Vec<String>, Refusal>> {
    async move {
        let limit = wide(*limit);
        let rows = match order {
            Names::Alphabetical => {
                let all = "SELECT DISTINCT key FROM entity_mention ORDER BY key LIMIT $1";
                sql::rows(connection, all, &[&limit]).await?
            }
            Names::Popular => {
                let by_degree = "SELECT key FROM (SELECT DISTINCT key FROM entity_mention) AS thing
                         LEFT JOIN (SELECT key, count(DISTINCT neighbour) AS degree FROM (
                                 SELECT one AS key, other AS neighbour FROM relation_mention
                                 UNION ALL SELECT other, one FROM relation_mention) AS link
                             WHERE key <> neighbour GROUP BY key) AS linked USING (key)
                     ORDER BY coalesce(degree, 0) DESC, key LIMIT $1";
                sql::rows(connection, by_degree, &[&limit]).await?
            }
            Names::Containing(part) => {
                let with = "SELECT DISTINCT NOT starts_with(key, $2), key FROM entity_mention
                            WHERE position($2 IN key) > 0 ORDER BY 1, 2 LIMIT $1";
                let rows = sql::rows(connection, with, &[&limit, &kept_key(part)]).await?;
                return shown(
                    connection,
                    rows.iter().map(|row| row.try_get(1)).collect::<Result<_, _>>()?,
                )
                .await;
            }
        };
        shown(connection, rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?).await
    }
    .boxed()
}

/// How things are written most often; of two ways as frequent, the older.
async fn shown(connection: &Connection, keys: Vec<String>) -> Result<Vec<String>, Refusal> {
    let names = "SELECT DISTINCT ON (key) key, name FROM (
                     SELECT key, name, count(*) AS times, min(id) AS first FROM entity_mention
                     WHERE key = ANY($1) GROUP BY key, name) AS written
                 ORDER BY key, times DESC, first";
    let mut by_key = HashMap::new();
    for row in sql::rows(connection, names, &[&keys]).await? {
        by_key.insert(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?);
    }
    Ok(keys.iter().filter_map(|key| by_key.remove(key)).collect())
}
