//! The search by words: BM25 over the lists of the full text index.
//!
//! SQLite's own ranking takes half a millisecond for a few hundred chunks, most of it for preparing and
//! for looking up each chunk's length again. So the lists of the terms are read as they are, weighed
//! once, and kept for the next question that has the term.

use std::{
    cmp::Ordering,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;

use super::{kind::Extent, lengths::Lengths};
use crate::{pipeline::terms, ports::store::Hit};

/// The most terms of one search, the rarest: each more costs time and hardly changes the order.
const TERMS: usize = 8;

/// The most terms of a question that are looked at.
const TERMS_LOOKED_AT: usize = 64;

/// Entries of lists that are kept (16 bytes each); all go when there are more.
const KEPT: usize = 256 * 1024;

/// How soon more of the same term stops to count, and how much a chunk's length does: the usual values.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// The chunks that have a term, by rising id, with what it counts there.
type List = Arc<[Hit]>;

/// The lists of terms that were asked for, as long as no chunk changes.
#[derive(Debug, Default)]
pub(super) struct Words(Mutex<Lists>);

#[derive(Debug, Default)]
struct Lists {
    extent: Extent,
    size: usize,
    by_term: HashMap<String, List>,
}

impl Words {
    /// The chunks that match the terms of `text` best.
    ///
    /// `now` is the state that `connection` sees.
    pub(super) fn matching(
        &self,
        connection: &Connection,
        now: Extent,
        lengths: &Lengths,
        text: &str,
        limit: usize,
    ) -> rusqlite::Result<Vec<Hit>> {
        let mut terms = terms::asked(text);
        if terms.len() > TERMS {
            terms.truncate(TERMS_LOOKED_AT);
            terms = rarest(connection, terms)?;
        }
        let mut hits = Vec::new();
        for term in terms {
            let list = match self.kept(now, &term) {
                Some(list) => list,
                None => self.load(connection, now, lengths, term)?,
            };
            let rarity = rarity(list.len(), lengths.len());
            hits = merged(&hits, &list, rarity);
        }
        if hits.len() > limit && limit > 0 {
            hits.select_nth_unstable_by(limit - 1, best_first);
        }
        hits.truncate(limit);
        hits.sort_unstable_by(best_first);
        Ok(hits)
    }

    /// The list of a term, when it is kept and still true.
    fn kept(&self, now: Extent, term: &str) -> Option<List> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (lists.extent == now).then(|| lists.by_term.get(term).cloned()).flatten()
    }

    /// Reads the list of a term, and keeps it.
    fn load(
        &self,
        connection: &Connection,
        now: Extent,
        lengths: &Lengths,
        term: String,
    ) -> rusqlite::Result<List> {
        let list: List = weighed(connection, lengths, &term)?.into();
        if lengths.extent == now {
            let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lists.extent != now || lists.size + list.len() > KEPT {
                *lists = Lists { extent: now, ..Lists::default() };
            }
            lists.size += list.len() + 1;
            lists.by_term.insert(term, Arc::clone(&list));
        }
        Ok(list)
    }
}

/// Reads the list of a term; a chunk's entry counts by how often the term is there for its length.
fn weighed(connection: &Connection, lengths: &Lengths, term: &str) -> rusqlite::Result<Vec<Hit>> {
    let mut select = connection.prepare_cached("SELECT doc FROM term_place WHERE term = ?1")?;
    let mut rows = select.query([term])?;
    let mut list: Vec<Hit> = Vec::new();
    while let Some(row) = rows.next()? {
        let chunk = row.get(0)?;
        match list.last_mut() {
            Some(last) if last.chunk == chunk => last.score += 1.0,
            _ => list.push(Hit { chunk, score: 1.0 }),
        }
    }
    for entry in &mut list {
        let length = lengths.relative(entry.chunk);
        let norm = SATURATION * (1.0 - LENGTH_SHARE + LENGTH_SHARE * length);
        entry.score *= (SATURATION + 1.0) / (entry.score + norm);
    }
    Ok(list)
}

/// The rarest of the terms that there are.
fn rarest(connection: &Connection, terms: Vec<String>) -> rusqlite::Result<Vec<String>> {
    let mut count = connection.prepare_cached("SELECT doc FROM term_use WHERE term = ?1")?;
    let mut counted = Vec::with_capacity(terms.len());
    for term in terms {
        let mut rows = count.query([&term])?;
        if let Some(row) = rows.next()? {
            counted.push((row.get::<_, i64>(0)?, term));
        }
    }
    counted.sort_by_key(|&(count, _)| count);
    counted.truncate(TERMS);
    Ok(counted.into_iter().map(|(_, term)| term).collect())
}

/// What a term counts that `with` of `all` chunks have: never nothing.
#[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
fn rarity(with: usize, all: usize) -> f32 {
    let (with, all) = (with as f32, all.max(with) as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// Adds a list, times `rarity`, to `hits`; both are sorted by chunk.
fn merged(hits: &[Hit], list: &[Hit], rarity: f32) -> Vec<Hit> {
    let mut sum = Vec::with_capacity(hits.len() + list.len());
    let mut hits = hits.iter().copied().peekable();
    for entry in list {
        while let Some(before) = hits.next_if(|hit| hit.chunk < entry.chunk) {
            sum.push(before);
        }
        let known = hits.next_if(|hit| hit.chunk == entry.chunk).map_or(0.0, |hit| hit.score);
        sum.push(Hit { chunk: entry.chunk, score: known + rarity * entry.score });
    }
    sum.extend(hits);
    sum
}

/// By score; the older chunk first where scores are equal.
fn best_first(one: &Hit, other: &Hit) -> Ordering {
    other.score.total_cmp(&one.score).then(one.chunk.cmp(&other.chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(list: &[(i64, f32)]) -> Vec<Hit> {
        list.iter().map(|&(chunk, score)| Hit { chunk, score }).collect()
    }

    #[test]
    fn lists_are_merged_by_chunk() {
        let sum = merged(&hits(&[(1, 1.0), (3, 1.0), (9, 1.0)]), &hits(&[(2, 1.0), (3, 2.0)]), 0.5);
        assert_eq!(sum, hits(&[(1, 1.0), (2, 0.5), (3, 2.0), (9, 1.0)]));
        assert_eq!(merged(&[], &hits(&[(4, 2.0)]), 3.0), hits(&[(4, 6.0)]));
    }

    #[test]
    fn a_rare_term_counts_more_and_a_common_one_something() {
        assert!(rarity(1, 100) > rarity(50, 100));
        assert!(rarity(100, 100) > 0.0);
        assert!(rarity(5, 0).is_finite());
    }
}
