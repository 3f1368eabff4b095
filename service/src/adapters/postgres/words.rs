//! The search by words: BM25 over an index of lexemes.
//!
//! Postgres can say which chunks have a lexeme, and only by reading each chunk's words again how often. So how often is
//! made part of the index: a chunk that has `fish` three times has the lexemes `fish`, `fish 2` and `fish 3`. A list of
//! chunks for each of them is all that BM25 needs, beside how long the chunks are.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use deadpool_postgres::GenericClient;
use futures_util::future::try_join;

use super::{
    error::Refusal,
    sql::{self, wide},
};
use crate::{pipeline::terms, ports::store::Hit};

/// The most terms of one search, the rarest: each more costs time and hardly changes the order.
const TERMS: usize = 8;

/// The most terms of a question that are looked at.
const TERMS_LOOKED_AT: usize = 64;

/// The most chunks of one lexeme's list that are looked at, the oldest, and so the most that a term is told to have.
const LIST: i64 = 4096;

/// The most chunks of all lists together: commoner terms are left out when rarer ones have so many.
const LISTS: i64 = 4 * LIST;

/// How often a term has to be in a chunk for a lexeme of its own. What is between counts as the one below; more than the
/// last hardly counts more.
const TIMES: [u16; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// How soon more of the same term stops to count, and how much a chunk's length does: the usual values.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// The most bytes of a chunk's lexemes together.
/// Source: <https://www.postgresql.org/docs/current/textsearch-limitations.html>
const LEXEMES_BYTES: usize = 1_000_000;

/// How long a count of all chunks serves, at most.
const COUNT_AGAIN: Duration = Duration::from_secs(60);

/// The lexemes of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lexemes {
    /// How many terms the chunk has.
    pub(super) length: i32,
    /// Its lexemes, parted by tabs.
    pub(super) joined: String,
}

impl Lexemes {
    /// Cuts a chunk's text.
    pub(super) fn of(text: &str) -> Self {
        let terms = terms::indexed(text);
        let mut counts: HashMap<&str, u16> = HashMap::new();
        let mut length = 0_i32;
        for term in terms.split_terminator(' ') {
            let count = counts.entry(term).or_default();
            *count = count.saturating_add(1);
            length = length.saturating_add(1);
        }
        let mut joined = String::with_capacity(terms.len());
        for (term, count) in counts {
            for times in TIMES.into_iter().filter(|&times| times <= count) {
                // A text of nothing but different words, thousands of pages long: its last are not found.
                if joined.len() + term.len() > LEXEMES_BYTES {
                    break;
                }
                if !joined.is_empty() {
                    joined.push('\t');
                }
                push_lexeme(&mut joined, term, times);
            }
        }
        Self { length, joined }
    }
}

fn push_lexeme(to: &mut String, term: &str, times: u16) {
    to.push_str(term);
    if times > 1 {
        write!(to, " {times}").expect("a string takes everything");
    }
}

/// A lexeme as a query: terms hold letters and digits only, so nothing in it has to be hidden.
fn query(term: &str, times: u16) -> String {
    let mut query = String::with_capacity(term.len() + 5);
    query.push('\'');
    push_lexeme(&mut query, term, times);
    query.push('\'');
    query
}

/// How many chunks there are, and how long they are in the mean, as of a moment ago.
#[derive(Debug, Default)]
pub(super) struct Words(Mutex<Option<Totals>>);

#[derive(Debug, Clone, Copy)]
struct Totals {
    /// The greatest id then.
    last: i64,
    at: Instant,
    chunks: i64,
    mean: f32,
}

impl Totals {
    /// Whether they serve for a store whose greatest id is `last`: scores need no more than a hundredth.
    fn serve(&self, last: i64) -> bool {
        let grown = last - self.last;
        self.at.elapsed() < COUNT_AGAIN && grown >= 0 && grown <= self.chunks / 100
    }
}

impl Words {
    /// The chunks that match the terms of `text` best.
    pub(super) async fn matching(
        &self,
        client: &impl GenericClient,
        text: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, Refusal> {
        let mut terms = terms::asked(text);
        terms.truncate(TERMS_LOOKED_AT);
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let (counts, totals) = try_join(counts(client, &terms), self.totals(client)).await?;
        let lists = Lists::of(rarest(terms, &counts), &totals);
        let norm = (SATURATION * (1.0 - LENGTH_SHARE), SATURATION * LENGTH_SHARE / totals.mean);
        let rows = sql::rows(
            client,
            "SELECT chunk, sum(best)::real AS score FROM (
                 SELECT found.chunk, max(rarity * times / (times + norm)) AS best
                 FROM unnest($1::text[], $2::integer[], $3::real[], $4::real[]) AS asked (lexeme, term, rarity, times)
                 CROSS JOIN LATERAL (
                     SELECT chunk, $5::real + $6::real * length AS norm FROM chunk_word
                     WHERE terms @@ lexeme::tsquery LIMIT $7) AS found
                 GROUP BY found.chunk, term) AS weighed
             GROUP BY chunk ORDER BY score DESC, chunk LIMIT $8",
            &[
                &lists.lexemes,
                &lists.terms,
                &lists.rarities,
                &lists.times,
                &norm.0,
                &norm.1,
                &LIST,
                &wide(limit),
            ],
        )
        .await?;
        rows.iter().map(|row| Ok(Hit { chunk: row.try_get(0)?, score: row.try_get(1)? })).collect()
    }

    /// How many chunks there are, and how long; counted again when there are many more, or after a while.
    async fn totals(&self, client: &impl GenericClient) -> Result<Totals, Refusal> {
        let last = sql::row(client, "SELECT coalesce(max(chunk), 0) FROM chunk_word", &[]).await?;
        let last: i64 = last.map_or(Ok(0), |row| row.try_get(0))?;
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(totals) = known.filter(|totals| totals.serve(last)) {
            return Ok(totals);
        }
        let count = "SELECT count(*), greatest(coalesce(avg(length), 1), 1)::real FROM chunk_word";
        let row = sql::row(client, count, &[]).await?;
        let (chunks, mean) = match row {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => (0, 1.0),
        };
        let totals = Totals { last, at: Instant::now(), chunks, mean };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(totals);
        Ok(totals)
    }
}

/// How many chunks have each term, up to [`LIST`].
async fn counts(client: &impl GenericClient, terms: &[String]) -> Result<Vec<i64>, Refusal> {
    let lexemes: Vec<_> = terms.iter().map(|term| query(term, 1)).collect();
    let rows = sql::rows(
        client,
        "SELECT (SELECT count(*) FROM (
                     SELECT FROM chunk_word WHERE terms @@ lexeme::tsquery LIMIT $2) AS found)
         FROM unnest($1::text[]) WITH ORDINALITY AS asked (lexeme, place) ORDER BY place",
        &[&lexemes, &LIST],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The rarest of the terms that there are, with how many chunks have them.
fn rarest(terms: Vec<String>, counts: &[i64]) -> Vec<(String, i64)> {
    let mut there: Vec<_> =
        terms.into_iter().zip(counts.iter().copied()).filter(|&(_, count)| count > 0).collect();
    there.sort_by_key(|&(_, count)| count);
    there.truncate(TERMS);
    let mut left = LISTS;
    let mut is_first = true;
    there.retain(|&(_, count)| {
        left -= count;
        std::mem::take(&mut is_first) || left >= 0
    });
    there
}

/// The lists to go through, in columns.
#[derive(Debug, Default)]
struct Lists {
    lexemes: Vec<String>,
    terms: Vec<i32>,
    rarities: Vec<f32>,
    times: Vec<f32>,
}

impl Lists {
    fn of(terms: Vec<(String, i64)>, totals: &Totals) -> Self {
        let mut lists = Self::default();
        for ((term, count), number) in terms.into_iter().zip(0..) {
            let weight = (SATURATION + 1.0) * rarity(count, totals.chunks);
            for times in TIMES {
                lists.lexemes.push(query(&term, times));
                lists.terms.push(number);
                lists.rarities.push(weight);
                lists.times.push(times.into());
            }
        }
        lists
    }
}

/// What a term counts that `with` of `all` chunks have: never nothing.
#[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
fn rarity(with: i64, all: i64) -> f32 {
    let (with, all) = (with as f32, all.max(with) as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lexemes(text: &str) -> Vec<String> {
        let mut lexemes: Vec<_> =
            Lexemes::of(text).joined.split_terminator('\t').map(str::to_owned).collect();
        lexemes.sort();
        lexemes
    }

    #[test]
    fn lexemes_say_how_often_a_term_is_there() {
        assert_eq!(lexemes("Fish, fish: a fish!"), ["a", "fish", "fish 2", "fish 3"]);
        assert_eq!(lexemes(&"x ".repeat(1000)).len(), TIMES.len());
        assert_eq!(Lexemes::of("Fish, fish: a fish!").length, 4);
        assert_eq!(Lexemes::of("…"), Lexemes { length: 0, joined: String::new() });
    }

    #[test]
    fn lexemes_of_a_chunk_never_are_too_many() {
        let text: String = (0..300_000).map(|number| format!("word{number} ")).collect();
        assert!(Lexemes::of(&text).joined.len() <= LEXEMES_BYTES + 100);
    }

    #[test]
    fn common_terms_are_left_out_once_rarer_ones_have_enough() {
        let terms = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let names = |terms: Vec<(String, i64)>| {
            terms.into_iter().map(|(name, _)| name).collect::<Vec<_>>().concat()
        };
        let few = rarest(terms(&["a", "b", "c"]), &[3, 0, 1]);
        assert_eq!(names(few), "ca");
        let many = rarest(terms(&["a", "b", "c", "d", "e", "f"]), &[LIST; 6]);
        assert_eq!(names(many), "abcd");
        let letters: Vec<String> = ('a'..='y').map(String::from).collect();
        let counts: Vec<i64> = (0..25).map(|number| 30 - number).collect();
        assert_eq!(names(rarest(letters, &counts)), "yxwvutsr");
    }

    proptest! {
        #[test]
        fn a_rarer_term_counts_more_and_each_something(one in 0_i64..5000, other in 0_i64..5000, all in 0_i64..9000) {
            prop_assert!(rarity(one, all) > 0.0 && rarity(one, all).is_finite());
            if one < other && other <= all {
                prop_assert!(rarity(one, all) > rarity(other, all));
            }
        }

        #[test]
        fn lexemes_need_no_quoting(text in "\\PC*|(?s).*") {
            for term in terms::asked(&text) {
                prop_assert!(!term.contains(['\'', '\\', '\0', '\t', ' ']), "{:?}", term);
            }
        }
    }
}
