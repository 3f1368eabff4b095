//! Relations: what all chunks say of two names.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::{
    graph::{each_once, most_frequent},
    reader::time,
    things::degree,
};
use crate::ports::graph::Relation;

/// The keys of two things, the lesser first.
type Pair = (String, String);

/// Two keys in order.
pub(super) fn ordered(one: String, other: String) -> Pair {
    if one <= other { (one, other) } else { (other, one) }
}

/// What all chunks say of the two things with these keys; none when nothing does.
pub(super) fn relation(
    connection: &Connection,
    (one, other): &Pair,
) -> rusqlite::Result<Option<Relation>> {
    let mut select = connection.prepare_cached(
        "SELECT relation_mention.source, target, keywords, description, weight, chunk, document.source,
             created_at
         FROM relation_mention
         JOIN chunk ON chunk.id = chunk JOIN document ON number = document
         WHERE one = ?1 AND other = ?2 ORDER BY relation_mention.id",
    )?;
    let mut rows = select.query([one, other])?;
    let (mut ones, mut others, mut descriptions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut chunks, mut sources, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut keywords: Vec<String> = Vec::new();
    let mut weight = 0.0;
    while let Some(row) = rows.next()? {
        ones.push(row.get(0)?);
        others.push(row.get(1)?);
        let words = row.get_ref(2)?.as_str()?.split(',').map(str::trim);
        keywords.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        descriptions.push(row.get::<_, String>(3)?);
        weight += row.get::<_, f32>(4)?;
        chunks.push(row.get(5)?);
        sources.push(row.get(6)?);
        times.push(time(row, 7)?);
    }
    let Some(created_at) = times.into_iter().min() else { return Ok(None) };
    descriptions.retain(|description| !description.is_empty());
    Ok(Some(Relation {
        source: most_frequent(&ones),
        target: most_frequent(&others),
        keywords: each_once(keywords),
        descriptions: each_once(descriptions),
        weight,
        chunks: each_once(chunks),
        sources: each_once(sources),
        created_at,
    }))
}

/// The relations of the things with these keys: by the degree of both ends, then by weight, greatest first.
pub(super) fn of_things(
    connection: &Connection,
    keys: &[String],
    limit: usize,
) -> rusqlite::Result<Vec<Relation>> {
    let mut degrees = HashMap::new();
    let mut degree_of = |key: &str| -> rusqlite::Result<u64> {
        if let Some(&known) = degrees.get(key) {
            return Ok(known);
        }
        let count = degree(connection, key)?;
        degrees.insert(key.to_owned(), count);
        Ok(count)
    };
    let mut ranked = Vec::new();
    for (pair, weight) in weights(connection, keys)? {
        ranked.push((degree_of(&pair.0)? + degree_of(&pair.1)?, weight, pair));
    }
    ranked.sort_unstable_by(|(degree, weight, pair), (other_degree, other_weight, other)| {
        other_degree.cmp(degree).then(other_weight.total_cmp(weight)).then_with(|| pair.cmp(other))
    });
    ranked.truncate(limit);
    let relations = ranked.iter().map(|(.., pair)| relation(connection, pair));
    relations.filter_map(Result::transpose).collect()
}

/// The pairs that one of these keys is an end of, each once, with the weight of their relation.
fn weights(connection: &Connection, keys: &[String]) -> rusqlite::Result<HashMap<Pair, f64>> {
    let mut select = connection.prepare_cached(
        "SELECT one, other, sum(weight) FROM relation_mention WHERE one = ?1 GROUP BY one, other
         UNION ALL
         SELECT one, other, sum(weight) FROM relation_mention WHERE other = ?1 GROUP BY one, other",
    )?;
    let mut weights = HashMap::new();
    for key in keys {
        let mut rows = select.query(params![key])?;
        while let Some(row) = rows.next()? {
            weights.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
    }
    Ok(weights)
}
