//! Things: what all chunks say of a name, and which names there are.

use rusqlite::Connection;

use super::{
    graph::{each_once, most_frequent},
    reader::time,
};
use crate::ports::graph::{Entity, Names, key};

/// How many other things each is related to, for those that are.
const DEGREES: &str = "
    WITH ends (key, other) AS (
        SELECT one, other FROM relation_mention WHERE one <> other
        UNION
        SELECT other, one FROM relation_mention WHERE one <> other),
    degree (key, count) AS (SELECT key, count(*) FROM ends GROUP BY key)";

/// What all chunks say of the thing with this key; none when nothing mentions it.
pub(super) fn entity(connection: &Connection, key: &str) -> rusqlite::Result<Option<Entity>> {
    let mut select = connection.prepare_cached(
        "SELECT name, kind, description, chunk, source, created_at
         FROM entity_mention
         JOIN chunk ON chunk.id = chunk JOIN document ON number = document
         WHERE key = ?1 ORDER BY entity_mention.id",
    )?;
    let mut rows = select.query([key])?;
    let (mut names, mut kinds, mut descriptions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut chunks, mut sources, mut times) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        names.push(row.get(0)?);
        kinds.push(row.get(1)?);
        descriptions.push(row.get::<_, String>(2)?);
        chunks.push(row.get(3)?);
        sources.push(row.get(4)?);
        times.push(time(row, 5)?);
    }
    let Some(created_at) = times.into_iter().min() else { return Ok(None) };
    descriptions.retain(|description| !description.is_empty());
    Ok(Some(Entity {
        name: most_frequent(&names),
        kind: most_frequent(&kinds),
        descriptions: each_once(descriptions),
        chunks: each_once(chunks),
        sources: each_once(sources),
        degree: degree(connection, key)?,
        created_at,
    }))
}

/// How many other things this is related to.
pub(super) fn degree(connection: &Connection, key: &str) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM (
                 SELECT other FROM relation_mention WHERE one = ?1 AND other <> ?1
                 UNION
                 SELECT one FROM relation_mention WHERE other = ?1 AND one <> ?1)",
        )?
        .query_row([key], |row| row.get(0))
}

/// Names of things.
pub(super) fn names(
    connection: &Connection,
    order: &Names,
    limit: usize,
) -> rusqlite::Result<Vec<String>> {
    let keys = match order {
        Names::Alphabetical => {
            "SELECT DISTINCT key FROM entity_mention WHERE ?1 = '' ORDER BY key LIMIT ?2".to_owned()
        }
        Names::Popular => format!(
            "{DEGREES}
             SELECT key FROM (SELECT DISTINCT key FROM entity_mention WHERE ?1 = '')
             LEFT JOIN degree USING (key) ORDER BY ifnull(count, 0) DESC, key LIMIT ?2"
        ),
        Names::Containing(_) => "SELECT DISTINCT key FROM entity_mention WHERE instr(key, ?1) > 0
             ORDER BY instr(key, ?1) > 1, key LIMIT ?2"
            .to_owned(),
    };
    let part = if let Names::Containing(part) = order { key(part) } else { String::new() };
    let mut name = connection.prepare_cached(
        "SELECT name FROM entity_mention WHERE key = ?1
         GROUP BY name ORDER BY count(*) DESC, min(id) LIMIT 1",
    )?;
    let mut select = connection.prepare_cached(&keys)?;
    let mut rows = select.query((part, i64::try_from(limit).unwrap_or(i64::MAX)))?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        names.push(name.query_row([row.get_ref(0)?.as_str()?], |row| row.get(0))?);
    }
    Ok(names)
}
