//! The search by words: BM25 over an index of lexemes.
//!
//! A list of chunks for each lexeme, which says how often a term is there, is all that BM25 needs, beside how long the
//! chunks are.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    error::Refusal,
    lexemes::{TIMES, query},
    sql::{self, Given, wide},
};
use crate::{pipeline::terms, ports::store::Hit};
use deadpool_postgres::GenericClient;

/// The most terms of one search, the rarest: each more costs time and hardly changes the order.
const TERMS: usize = 8;

/// The most terms of a question that are looked at.
const TERMS_LOOKED_AT: usize = 64;

/// A term that more chunks have is common: it is not looked for, and counts for the best by the others.
const LIST: i64 = 4096;

/// The most chunks of all lists together; the commonest of more count as common. Where there is nothing but a common
/// term, so many of its chunks are looked at, the oldest.
const LISTS: i64 = 2 * LIST;

/// Chunks by which the count of a common term is estimated, about.
const SAMPLE: i64 = 1000;

/// Common terms count for so many of the best by other terms, for each that is wanted.
const FINALISTS: i64 = 16;

/// How soon more of the same term stops to count, and how much a chunk's length does: the usual values.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// How long a count of all chunks serves, at most.
const COUNT_AGAIN: Duration = Duration::from_secs(60);

/// What is known of all chunks, as of a moment ago.
#[derive(Debug, Default)]
pub(super) struct Words(Mutex<Option<Known>>);

/// How many chunks there are, how long they are in the mean, and how many have common terms.
#[derive(Debug, Clone)]
struct Known {
    /// The greatest id then.
    last: i64,
    at: Instant,
    chunks: i64,
    mean: f32,
    common: HashMap<String, i64>,
}

impl Known {
    /// Whether it serves for a store whose greatest id is `last`: scores need no more than a hundredth.
    /// The clock may stand still in a freeze; what was added meanwhile is noticed all the same.
    fn serves(&self, last: i64) -> bool {
        let grown = last - self.last;
        self.at.elapsed() < COUNT_AGAIN && grown >= 0 && grown <= self.chunks / 100
    }
}

/// The best chunks by lists: of each term the lexeme that says most, and the sum of the terms.
const FOUND: &str = "SELECT chunk, sum(best) AS score FROM (
        SELECT found.chunk, max(rarity * times / (times + norm)) AS best
        FROM unnest($1::text[], $2::integer[], $3::real[], $4::real[]) AS asked (lexeme, term, rarity, times)
        CROSS JOIN LATERAL (
            SELECT chunk, $5::real + $6::real * length AS norm FROM chunk_word
            WHERE terms @@ lexeme::tsquery LIMIT $7) AS found
        GROUP BY found.chunk, term) AS weighed
    GROUP BY chunk ORDER BY score DESC, chunk LIMIT $8";

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
        let known = self.known(client).await?;
        let counts = self.counts(client, &known, &terms).await?;
        let Asked { telling, common } = Asked::of(terms, &counts);
        let (telling, common) = (Lists::of(telling, known.chunks), Lists::of(common, known.chunks));
        let norm = (SATURATION * (1.0 - LENGTH_SHARE), SATURATION * LENGTH_SHARE / known.mean);
        let limit = wide(limit);
        let finalists =
            if common.terms.is_empty() { limit } else { limit.saturating_mul(FINALISTS) };
        let Lists { lexemes, terms, rarities, times } = &telling;
        let found: Given<'_> =
            &[lexemes, terms, rarities, times, &norm.0, &norm.1, &LISTS, &finalists];
        let rows = if common.terms.is_empty() {
            sql::rows(client, &format!("SELECT chunk, score::real FROM ({FOUND}) AS found"), found)
                .await?
        } else {
            let Lists { lexemes, terms, rarities, times } = &common;
            let common: Given<'_> = &[lexemes, terms, rarities, times, &limit];
            sql::rows(client, &with_common(), &[found, common].concat()).await?
        };
        rows.iter().map(|row| Ok(Hit { chunk: row.try_get(0)?, score: row.try_get(1)? })).collect()
    }

    /// What is known of all chunks; counted again when there are many more, or after a while.
    async fn known(&self, client: &impl GenericClient) -> Result<Known, Refusal> {
        let last = sql::row(client, "SELECT coalesce(max(chunk), 0) FROM chunk_word", &[]).await?;
        let last: i64 = last.map_or(Ok(0), |row| row.try_get(0))?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.serves(last)) {
            return Ok(known);
        }
        let count = "SELECT count(*), greatest(coalesce(avg(length), 1), 1)::real FROM chunk_word";
        let (chunks, mean) = match sql::row(client, count, &[]).await? {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => (0, 1.0),
        };
        let known = Known { last, at: Instant::now(), chunks, mean, common: HashMap::new() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    /// How many chunks have each term. Common ones are estimated, once in a while.
    async fn counts(
        &self,
        client: &impl GenericClient,
        known: &Known,
        terms: &[String],
    ) -> Result<Vec<i64>, Refusal> {
        let (mut counts, mut common) = (known.common.clone(), HashMap::new());
        let open: Vec<&String> = terms.iter().filter(|&term| !counts.contains_key(term)).collect();
        for (term, count) in open.iter().zip(count(client, &open).await?) {
            if count > LIST {
                common.insert((*term).clone(), count);
            }
            counts.insert((*term).clone(), count);
        }
        if !common.is_empty() {
            estimate(client, known.chunks, &mut common).await?;
            counts.extend(common.clone());
            if let Some(known) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
                known.common.extend(common);
            }
        }
        Ok(terms.iter().map(|term| counts.get(term).copied().unwrap_or(0)).collect())
    }
}

/// The best chunks with what common terms add to them.
///
/// Their words are taken out of where they lie only once, and how often a term is there is only asked where it is.
fn with_common() -> String {
    format!(
        "WITH found AS MATERIALIZED ({FOUND}),
         finalist AS MATERIALIZED (
             SELECT chunk, score, $5::real + $6::real * length AS norm, terms || ''::tsvector AS terms
             FROM found JOIN chunk_word USING (chunk)),
         common AS MATERIALIZED (
             SELECT rarity, (array_agg(lexeme ORDER BY times))[1] AS once, array_agg(lexeme) AS lexemes,
                 array_agg(times) AS each
             FROM unnest($9::text[]::tsquery[], $10::integer[], $11::real[], $12::real[])
                 AS asked (lexeme, term, rarity, times)
             GROUP BY term, rarity)
         SELECT chunk, (score + coalesce((
             SELECT sum(best) FROM common CROSS JOIN LATERAL (
                 SELECT max(rarity * times / (times + norm)) AS best
                 FROM unnest(lexemes, each) AS asked (lexeme, times) WHERE terms @@ lexeme) AS weighed
             WHERE terms @@ once), 0))::real AS score
         FROM finalist ORDER BY score DESC, chunk LIMIT $13"
    )
}

/// How many chunks have each term, up to one more than makes it common.
async fn count(client: &impl GenericClient, terms: &[&String]) -> Result<Vec<i64>, Refusal> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let lexemes: Vec<_> = terms.iter().map(|term| query(term, 1)).collect();
    let rows = sql::rows(
        client,
        "SELECT (SELECT count(*) FROM (
                     SELECT FROM chunk_word WHERE terms @@ lexeme::tsquery LIMIT $2) AS found)
         FROM unnest($1::text[]) WITH ORDINALITY AS asked (lexeme, place) ORDER BY place",
        &[&lexemes, &(LIST + 1)],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Estimates how many of all chunks have common terms, by some pages of them.
async fn estimate(
    client: &impl GenericClient,
    chunks: i64,
    common: &mut HashMap<String, i64>,
) -> Result<(), Refusal> {
    let terms: Vec<String> = common.keys().cloned().collect();
    let lexemes: Vec<_> = terms.iter().map(|term| query(term, 1)).collect();
    let rows = sql::rows(
        client,
        "WITH sample AS MATERIALIZED (
             SELECT terms FROM chunk_word TABLESAMPLE SYSTEM (least(100, 100.0 * $2::bigint / greatest($3::bigint, 1))))
         SELECT (SELECT count(*) FROM sample WHERE terms @@ lexeme::tsquery) * $3::bigint
             / greatest((SELECT count(*) FROM sample), 1)
         FROM unnest($1::text[]) WITH ORDINALITY AS asked (lexeme, place) ORDER BY place",
        &[&lexemes, &SAMPLE, &chunks],
    )
    .await?;
    for (term, row) in terms.into_iter().zip(rows) {
        let estimated: i64 = row.try_get(0)?;
        common.insert(term, estimated.max(LIST + 1));
    }
    Ok(())
}

/// The terms of a question, each with how many chunks have it.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// Those whose lists are gone through.
    telling: Vec<(String, i64)>,
    /// Those of very many chunks.
    common: Vec<(String, i64)>,
}

impl Asked {
    /// The rarest of the terms that there are.
    fn of(terms: Vec<String>, counts: &[i64]) -> Self {
        let mut there: Vec<_> =
            terms.into_iter().zip(counts.iter().copied()).filter(|&(_, count)| count > 0).collect();
        there.sort_by_key(|&(_, count)| count);
        there.truncate(TERMS);
        let mut left = LISTS;
        let telling = there.iter().take_while(|&&(_, count)| {
            left -= count;
            count <= LIST && left >= 0
        });
        // There has to be something to look for.
        let telling = telling.count().max(1).min(there.len());
        let common = there.split_off(telling);
        Self { telling: there, common }
    }
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
    /// Those of terms of a store of so many `chunks`.
    fn of(terms: Vec<(String, i64)>, chunks: i64) -> Self {
        let mut lists = Self::default();
        for ((term, count), number) in terms.into_iter().zip(0..) {
            let weight = (SATURATION + 1.0) * rarity(count, chunks);
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

    #[test]
    fn the_rarest_terms_are_looked_for_and_the_commonest_only_counted() {
        let names = |terms: Vec<(String, i64)>| {
            terms.into_iter().map(|(name, _)| name).collect::<Vec<_>>().concat()
        };
        let asked = |letters: &str, counts: &[i64]| {
            let terms = letters.chars().map(String::from).collect();
            let Asked { telling, common } = Asked::of(terms, counts);
            format!("{}, {}", names(telling), names(common))
        };
        assert_eq!(asked("abc", &[3, 0, 1]), "ca, ");
        assert_eq!(asked("abcdef", &[LIST; 6]), "ab, cdef");
        assert_eq!(asked("abc", &[LIST + 1, 9, 100 * LIST]), "b, ac");
        assert_eq!(asked("a", &[100 * LIST]), "a, ");
        assert_eq!(asked("a", &[0]), ", ");
        assert_eq!(asked("abcdefghij", &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]), "ihgfedcb, ");
    }

    proptest! {
        #[test]
        fn a_rarer_term_counts_more_and_each_something(one in 0_i64..5000, other in 0_i64..5000, all in 0_i64..9000) {
            prop_assert!(rarity(one, all) > 0.0 && rarity(one, all).is_finite());
            if one < other && other <= all {
                prop_assert!(rarity(one, all) > rarity(other, all));
            }
        }

    }
}
