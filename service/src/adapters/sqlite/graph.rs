//! The graph, put together from its mentions when it is asked for.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    hash::Hash,
};

use rusqlite::{Connection, OptionalExtension, Row};

use super::{SqliteStore, best::Scored, error::Refusal, relations, shelf::Mentioned, things};
use crate::ports::{
    Graph,
    graph::{Entity, Names, Near, Relation, key},
    store::Reply,
};

impl Graph for SqliteStore {
    fn nearest_entities(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<String>>> {
        let sql = "SELECT key FROM entity_mention WHERE id = ?1";
        self.read_apart(move |shelf, connection| {
            let nearest = |some| {
                shelf.nearest_mentions(connection, Mentioned::Entities, &vector, some, threshold)
            };
            best_mentions(connection, limit, nearest, sql, |row| row.get(0))
        })
    }

    fn nearest_relations(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<(String, String)>>> {
        let sql = "SELECT one, other FROM relation_mention WHERE id = ?1";
        self.read_apart(move |shelf, connection| {
            let nearest = |some| {
                shelf.nearest_mentions(connection, Mentioned::Relations, &vector, some, threshold)
            };
            best_mentions(connection, limit, nearest, sql, |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    fn entities(&self, keys: Vec<String>) -> Reply<'_, Vec<Entity>> {
        self.read_apart(move |_, connection| {
            let entities = keys.iter().map(|name| things::entity(connection, &key(name)));
            Ok(entities.filter_map(Result::transpose).collect::<Result<_, _>>()?)
        })
    }

    fn relations(&self, pairs: Vec<(String, String)>) -> Reply<'_, Vec<Relation>> {
        self.read_apart(move |_, connection| {
            let pairs = pairs.iter().map(|(one, other)| relations::ordered(key(one), key(other)));
            let relations = pairs.map(|pair| relations::relation(connection, &pair));
            Ok(relations.filter_map(Result::transpose).collect::<Result<_, _>>()?)
        })
    }

    fn relations_of(&self, keys: Vec<String>, limit: usize) -> Reply<'_, Vec<Relation>> {
        self.read_apart(move |_, connection| {
            let keys: Vec<String> = keys.iter().map(|name| key(name)).collect();
            Ok(relations::of_things(connection, &keys, limit)?)
        })
    }

    fn names(&self, order: Names, limit: usize) -> Reply<'_, Vec<String>> {
        self.read_apart(move |_, connection| Ok(things::names(connection, &order, limit)?))
    }
}

/// What the nearest mentions are of, each once, with the score of its best mention, best first.
///
/// One thing may have any number of mentions: more are looked at until there are enough things, or no more mentions.
fn best_mentions<T: Clone + Eq + Hash>(
    connection: &Connection,
    limit: usize,
    nearest: impl Fn(usize) -> Result<Vec<Scored>, Refusal>,
    sql: &str,
    named: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<Near<T>>, Refusal> {
    let mut select = connection.prepare_cached(sql)?;
    let mut some = limit.saturating_mul(2);
    loop {
        let mentions = nearest(some)?;
        let mut seen = HashSet::new();
        let mut best = Vec::new();
        for Scored { id, score } in &mentions {
            // What was deleted meanwhile has no name any more.
            let Some(found) = select.query_row([id], &named).optional()? else { continue };
            if best.len() < limit && seen.insert(T::clone(&found)) {
                best.push(Near { found, score: *score });
            }
        }
        if best.len() == limit || mentions.len() < some {
            return Ok(best);
        }
        some = some.saturating_mul(4);
    }
}

/// What was said most often; of what was said equally often, what was said first.
pub(super) fn most_frequent(said: &[String]) -> String {
    let mut counts: HashMap<&str, (usize, Reverse<usize>)> = HashMap::new();
    for (position, word) in said.iter().enumerate() {
        counts.entry(word).or_insert((0, Reverse(position))).0 += 1;
    }
    let most = counts.into_iter().max_by_key(|&(_, count)| count);
    most.map(|(word, _)| word.to_owned()).unwrap_or_default()
}

/// Each of these once, in the order in which they first came.
pub(super) fn each_once<T: Clone + Eq + Hash>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    all.into_iter().filter(|one| seen.insert(one.clone())).collect()
}
