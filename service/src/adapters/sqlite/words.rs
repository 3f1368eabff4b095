//! The search by words: BM25 over the lists of the full text index.
//!
//! SQLite's own ranking takes half a millisecond for a few hundred chunks, and 10 for 100,000, most of it for
//! looking up each chunk's length again. So the lists of the terms are read as they are, and weighed here.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::{
    best::Scored,
    kind::Extent,
    lengths::Lengths,
    lists::{self, Entry, List, Lists},
};
use crate::{pipeline::terms, ports::store::Hit};

/// The most terms of one search, the rarest: each more costs time and hardly changes the order.
const TERMS: usize = 8;

/// The most terms of a question that are looked at.
const TERMS_LOOKED_AT: usize = 64;

/// A term of more chunks than this is left out when a [`SHARE`]th of all have it, unless there is no rarer one: it says
/// as little as a stop word, and its list takes longest to read.
const MANY: usize = 8192;

/// See [`MANY`].
const SHARE: usize = 4;

/// How soon more of the same term stops to count, and how much a chunk's length does: the usual values.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// The search by words, and the lists that it keeps.
#[derive(Debug, Default)]
pub(super) struct Words(Mutex<Lists>);

impl Words {
    /// The chunks that match the terms of `text` best.
    ///
    /// `now` is the state that `connection` sees. Lists are kept where that is the state of `lengths` too.
    pub(super) fn matching(
        &self,
        connection: &Connection,
        now: Extent,
        lengths: &Lengths,
        text: &str,
        limit: usize,
    ) -> rusqlite::Result<Vec<Hit>> {
        if lengths.extent == now {
            self.lists(|lists| lists.catch_up(connection, lengths))?;
        }
        let mut found = Vec::new();
        for term in self.telling(connection, lengths, terms::asked(text))? {
            let list = match self.kept(lengths, &term) {
                Some(list) => list,
                None => self.load(connection, now, lengths, term)?,
            };
            found = merged(&found, &list, rarity(list.len(), lengths.len()), lengths);
        }
        if found.len() > limit && limit > 0 {
            found.select_nth_unstable_by(limit - 1, Scored::best_first);
        }
        found.truncate(limit);
        found.sort_unstable_by(Scored::best_first);
        Ok(found.iter().map(|one| Hit { chunk: one.id, score: one.score }).collect())
    }

    fn lists<T>(&self, with: impl FnOnce(&mut Lists) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The list of a term, when it is kept and as new as `lengths`.
    fn kept(&self, lengths: &Lengths, term: &str) -> Option<List> {
        self.lists(|lists| (lists.extent == lengths.extent).then(|| lists.get(term)).flatten())
    }

    /// Reads the list of a term, and keeps it.
    fn load(
        &self,
        connection: &Connection,
        now: Extent,
        lengths: &Lengths,
        term: String,
    ) -> rusqlite::Result<List> {
        let list = lists::read(connection, lengths, &term)?;
        self.lists(|lists| {
            if lists.extent == now && lengths.extent == now {
                lists.keep(term, &list);
            }
        });
        Ok(list)
    }

    /// The terms to search by: not too many, and none that tells hardly anything.
    fn telling(
        &self,
        connection: &Connection,
        lengths: &Lengths,
        mut terms: Vec<String>,
    ) -> rusqlite::Result<Vec<String>> {
        let most = MANY.max(lengths.len() / SHARE);
        if terms.len() <= TERMS && lengths.len() <= most {
            return Ok(terms);
        }
        terms.truncate(TERMS_LOOKED_AT);
        let mut counted = Vec::with_capacity(terms.len());
        for term in terms {
            let count = self.count(connection, lengths, &term, most)?;
            if count > 0 {
                counted.push((count, term));
            }
        }
        counted.sort_by_key(|&(count, _)| count);
        counted.truncate(TERMS);
        let telling = counted.iter().filter(|&&(count, _)| count <= most).count();
        counted.truncate(telling.max(1));
        Ok(counted.into_iter().map(|(_, term)| term).collect())
    }

    /// How many chunks have a term; about, when it is more than `most`.
    fn count(
        &self,
        connection: &Connection,
        lengths: &Lengths,
        term: &str,
        most: usize,
    ) -> rusqlite::Result<usize> {
        if let Some(list) = self.kept(lengths, term) {
            return Ok(list.len());
        }
        let all = lengths.len();
        if let Some(about) = self.lists(|lists| lists.common(term, all)) {
            return Ok(about);
        }
        let count = lists::count(connection, term)?;
        if count > most {
            self.lists(|lists| lists.note_common(term.to_owned(), count, all));
        }
        Ok(count)
    }
}

/// What a term counts that `with` of `all` chunks have: never nothing.
#[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
fn rarity(with: usize, all: usize) -> f32 {
    let (with, all) = (with as f32, all.max(with) as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// Adds what the entries of a list count, times `rarity`, to what was found; both are in the order of chunks.
fn merged(found: &[Scored], list: &[Entry], rarity: f32, lengths: &Lengths) -> Vec<Scored> {
    let average = lengths.average();
    let mut sum = Vec::with_capacity(found.len() + list.len());
    let mut found = found.iter().copied().peekable();
    for entry in list {
        let id = lengths.id(entry.position);
        while let Some(before) = found.next_if(|one| one.id < id) {
            sum.push(before);
        }
        let known = found.next_if(|one| one.id == id).map_or(0.0, |one| one.score);
        let weight = weight(entry.times, lengths.terms(entry.position), average);
        sum.push(Scored { id, score: known + rarity * weight });
    }
    sum.extend(found);
    sum
}

/// What a chunk's entry counts: by how often the term is there, for the chunk's length.
fn weight(times: u32, terms: f32, average: f32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
    let times = times as f32;
    let length = if average > 0.0 { terms / average } else { 1.0 };
    let norm = SATURATION * (1.0 - LENGTH_SHARE + LENGTH_SHARE * length);
    times * ((SATURATION + 1.0) / (times + norm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_term_counts_more_and_a_common_one_something() {
        assert!(rarity(1, 100) > rarity(50, 100));
        assert!(rarity(100, 100) > 0.0);
        assert!(rarity(5, 0).is_finite());
    }

    #[test]
    fn a_term_counts_more_in_a_short_chunk_and_where_it_is_often() {
        assert!(weight(1, 10.0, 100.0) > weight(1, 100.0, 100.0));
        assert!(weight(2, 100.0, 100.0) > weight(1, 100.0, 100.0));
        assert!(weight(1000, 0.0, 0.0) < SATURATION + 1.0);
    }
}
