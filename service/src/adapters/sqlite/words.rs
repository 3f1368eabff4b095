//! The search by words: BM25 over the lists of the full text index.
//!
//! SQLite's own ranking spends most of its time on preparing, and on looking up each chunk's length again. So the lists
//! of the terms are read as they are, and weighed here.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

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

/// A term of more chunks than this is common when half of all have it: the longer its list is to read, the less it says.
const MANY: usize = 8192;

/// Common terms count for so many of the best by other terms, for each that is wanted.
const FINALISTS: usize = 4;

/// How soon more of the same term stops to count, and how much a chunk's length does: the usual values.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// The search by words, and the lists that it keeps.
#[derive(Debug)]
pub(super) struct Words {
    lists: Mutex<Lists>,
    /// [`MANY`], but in tests.
    many: usize,
}

impl Default for Words {
    fn default() -> Self {
        Self { lists: Mutex::default(), many: MANY }
    }
}

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
        let Asked { telling, common } = self.asked(connection, lengths, terms::asked(text))?;
        let mut found = Vec::new();
        for term in telling {
            let list = match self.kept(lengths, &term) {
                Some(list) => list,
                None => self.load(connection, now, lengths, term)?,
            };
            found = merged(&found, &list, rarity(list.len(), lengths.len()), lengths);
        }
        if !common.is_empty() {
            keep_best(&mut found, limit.saturating_mul(FINALISTS));
            add_common(connection, lengths, &common, &mut found)?;
        }
        keep_best(&mut found, limit);
        found.sort_unstable_by(Scored::best_first);
        Ok(found.iter().map(|one| Hit { chunk: one.id, score: one.score }).collect())
    }

    fn lists<T>(&self, with: impl FnOnce(&mut Lists) -> T) -> T {
        with(&mut self.lists.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// The terms to search by: not too many, the common ones apart.
    fn asked(
        &self,
        connection: &Connection,
        lengths: &Lengths,
        mut terms: Vec<String>,
    ) -> rusqlite::Result<Asked> {
        let most = self.many.max(lengths.len() / 2);
        if terms.len() <= TERMS && lengths.len() <= most {
            return Ok(Asked { telling: terms, common: Vec::new() });
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
        // There has to be something to look for.
        let telling = counted.partition_point(|&(count, _)| count <= most).max(1);
        let common = counted.split_off(telling.min(counted.len()));
        let common = common.into_iter().map(|(count, term)| (term, rarity(count, lengths.len())));
        Ok(Asked {
            common: common.collect(),
            telling: counted.into_iter().map(|(_, term)| term).collect(),
        })
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

/// The terms of a question.
struct Asked {
    /// Those whose lists are read.
    telling: Vec<String>,
    /// Those of very many chunks, each with what it counts.
    common: Vec<(String, f32)>,
}

/// Drops all but the best `limit`.
fn keep_best(found: &mut Vec<Scored>, limit: usize) {
    if found.len() > limit && limit > 0 {
        found.select_nth_unstable_by(limit - 1, Scored::best_first);
    }
    found.truncate(limit);
}

/// Adds what common terms count in chunks that were found, by their texts.
fn add_common(
    connection: &Connection,
    lengths: &Lengths,
    common: &[(String, f32)],
    found: &mut [Scored],
) -> rusqlite::Result<()> {
    let average = lengths.average();
    let mut select = connection.prepare_cached("SELECT text FROM chunk WHERE id = ?1")?;
    for one in found {
        let Some(position) = lengths.position(one.id) else { continue };
        let terms = select
            .query_row([one.id], |row| Ok(terms::indexed(row.get_ref(0)?.as_str()?)))
            .optional()?
            .unwrap_or_default();
        let mut times = vec![0; common.len()];
        for term in terms.split_terminator(' ') {
            if let Some(place) = common.iter().position(|(it, _)| it == term) {
                times[place] += 1;
            }
        }
        let terms = lengths.terms(position);
        for (times, (_, rarity)) in times.into_iter().zip(common) {
            one.score += rarity * weight(times, terms, average);
        }
    }
    Ok(())
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
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        adapters::sqlite::{chunks, kind::CHUNKS},
        ports::store::NewChunk,
    };

    /// A store in memory, and what is known of it.
    struct Kept {
        engine: Connection,
        lengths: Lengths,
        words: Words,
        texts: HashMap<i64, String>,
    }

    impl Kept {
        fn new(many: usize) -> Self {
            let engine = Connection::open_in_memory().unwrap();
            engine.execute_batch(include_str!("schema/now.sql")).unwrap();
            let words = Words { many, ..Words::default() };
            Self { engine, lengths: Lengths::default(), words, texts: HashMap::new() }
        }

        fn add(&mut self, text: &str) {
            let text = text.to_owned();
            let position = u32::try_from(self.texts.len()).unwrap();
            let new = NewChunk { text: text.clone(), ..NewChunk::default() };
            chunks::insert(&self.engine, 1, position, &new).unwrap();
            self.texts.insert(self.engine.last_insert_rowid(), text);
        }

        fn matching(&mut self, question: &str, limit: usize) -> Vec<Hit> {
            let now = Extent::read(&self.engine, &CHUNKS).unwrap();
            self.lengths.catch_up(&self.engine).unwrap();
            self.words.matching(&self.engine, now, &self.lengths, question, limit).unwrap()
        }

        /// As if nothing had been asked before.
        fn matching_anew(&self, many: usize, question: &str, limit: usize) -> Vec<Hit> {
            let now = Extent::read(&self.engine, &CHUNKS).unwrap();
            let mut lengths = Lengths::default();
            lengths.catch_up(&self.engine).unwrap();
            let words = Words { many, ..Words::default() };
            words.matching(&self.engine, now, &lengths, question, limit).unwrap()
        }
    }

    fn texts() -> impl Strategy<Value = Vec<String>> {
        let word = prop_oneof![3 => Just("aa"), 2 => Just("bb"), 1 => Just("cc"), 1 => Just("dd")];
        let text = proptest::collection::vec(word, 1..12).prop_map(|words| words.join(" "));
        proptest::collection::vec(text, 1..30)
    }

    proptest! {
        #[test]
        fn kept_lists_say_the_same_as_those_read_anew(before in texts(), after in texts()) {
            let mut kept = Kept::new(MANY);
            for text in before {
                kept.add(&text);
            }
            kept.matching("aa bb cc", 9);
            for text in after {
                kept.add(&text);
                prop_assert_eq!(
                    kept.matching("aa bb cc", 9),
                    kept.matching_anew(MANY, "aa bb cc", 9)
                );
            }
        }

        #[test]
        fn a_common_term_counts_as_others_do(texts in texts()) {
            let mut kept = Kept::new(2);
            for text in &texts {
                kept.add(text);
            }
            let exact = kept.matching_anew(MANY, "aa bb cc", 99);
            for _ in 0..2 {
                let found = kept.matching("aa bb cc", 99);
                prop_assert!(found.len() <= exact.len());
                prop_assert_eq!(found.is_empty(), exact.is_empty());
                for hit in found {
                    let other = exact.iter().find(|other| other.chunk == hit.chunk).unwrap();
                    prop_assert!((hit.score - other.score).abs() < 1e-4, "{hit:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn where_all_terms_are_common_the_rarest_is_looked_for() {
        let mut kept = Kept::new(2);
        for number in 0..20 {
            kept.add(if number % 4 == 0 { "aa" } else { "aa bb" });
        }
        assert_eq!(kept.matching("aa bb", 99).len(), 15);
        assert_eq!(kept.matching("aa", 99).len(), 20);
    }

    #[test]
    fn deletions_are_noticed() {
        let mut kept = Kept::new(MANY);
        for text in ["aa", "aa bb", "bb"] {
            kept.add(text);
        }
        assert_eq!(kept.matching("aa", 9).len(), 2);
        let delete =
            "DELETE FROM chunk_term WHERE rowid = 1; DELETE FROM chunk_length WHERE id = 1;
             DELETE FROM chunk WHERE id = 1; UPDATE vector_space SET deletions = deletions + 1;";
        kept.engine.execute_batch(delete).unwrap();
        assert_eq!(kept.matching("aa", 9), kept.matching_anew(MANY, "aa", 9));
        assert_eq!(kept.matching("aa", 9).len(), 1);
    }

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
