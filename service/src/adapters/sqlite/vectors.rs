//! All vectors of the store in memory, and the exact search through them.
//!
//! With them goes how long each chunk is, which the search by words needs. A vector is kept as one signed byte a dimension and a scale: a quarter of the memory, and a top ten
//! that differs from the exact one in less than one hit of a hundred.

use std::{cmp::Ordering, collections::HashSet};

use rusqlite::Connection;

use super::error::Refusal;
use crate::ports::store::Hit;

/// A vector in signed bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packed {
    /// What the cells are multiplied by.
    pub(super) scale: f32,
    cells: Vec<i8>,
}

impl Packed {
    /// Packs a vector: its largest cell becomes 127.
    pub(super) fn of(vector: &[f32]) -> Self {
        let largest = vector.iter().fold(0.0_f32, |largest, cell| largest.max(cell.abs()));
        let scale = if largest.is_finite() { largest / 127.0 } else { 0.0 };
        let cell = |cell: &f32| if scale > 0.0 { to_byte(cell / scale) } else { 0 };
        Self { scale, cells: vector.iter().map(cell).collect() }
    }

    /// The cells as they are stored.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.cells.iter().map(|cell| cell.cast_unsigned()).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the value is within ±127, or not a number")]
fn to_byte(cell: f32) -> i8 {
    cell.round() as i8
}

/// How far the store's chunks have come: grows with every change of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The highest id given so far.
    pub(super) last: i64,
    /// How often chunks were deleted.
    pub(super) deletions: i64,
}

impl Extent {
    /// As it is now.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(
                "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'chunk'), 0), deletions
                 FROM vector_space",
            )?
            .query_row([], |row| Ok(Self { last: row.get(0)?, deletions: row.get(1)? }))
    }

    /// About how many chunks there are; never too few.
    pub(super) fn last_as_count(self) -> usize {
        usize::try_from(self.last).unwrap_or_default()
    }

    /// Whether this knows all that `other` knows.
    pub(super) fn covers(self, other: Self) -> bool {
        self.last >= other.last && self.deletions >= other.deletions
    }
}

/// The vectors, one after the other, by rising id.
#[derive(Debug, Default)]
pub(super) struct Vectors {
    /// What is in here.
    pub(super) extent: Extent,
    model: String,
    dimension: usize,
    ids: Vec<i64>,
    /// How many terms each chunk has, and all of them.
    terms: Vec<u32>,
    all_terms: u64,
    scales: Vec<f32>,
    cells: Vec<i8>,
}

impl Vectors {
    /// Takes over what changed in the store since; runs within a transaction.
    pub(super) fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let now = Extent::read(connection)?;
        if now.deletions != self.extent.deletions {
            self.forget_deleted(connection)?;
        }
        if now.last > self.extent.last {
            self.load_after(connection, self.extent.last)?;
        }
        self.extent = now;
        self.all_terms = self.terms.iter().copied().map(u64::from).sum();
        Ok(())
    }

    /// How many chunks there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The terms of a chunk, 1 for as many as chunks have on average, and for a chunk that is not here.
    pub(super) fn relative_length(&self, chunk: i64) -> f32 {
        let Ok(position) = self.ids.binary_search(&chunk) else { return 1.0 };
        #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
        let average = self.all_terms as f32 / self.ids.len() as f32;
        #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
        let terms = self.terms[position] as f32;
        if average > 0.0 { terms / average } else { 1.0 }
    }

    /// The nearest `limit` vectors with a cosine of `threshold` or more, best first.
    pub(super) fn nearest(
        &self,
        wanted: &[f32],
        limit: usize,
        threshold: f32,
    ) -> Result<Vec<Hit>, Refusal> {
        if self.ids.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        if wanted.len() != self.dimension {
            return Err(Refusal::OtherModel {
                stored: format!("{} ({} dimensions)", self.model, self.dimension),
                wanted: format!("{} dimensions", wanted.len()),
            });
        }
        let wanted = Packed::of(wanted);
        let mut best = Best::new(limit, threshold);
        let rows = self.cells.chunks_exact(self.dimension);
        for ((&chunk, &scale), row) in self.ids.iter().zip(&self.scales).zip(rows) {
            #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
            let score = dot(row, &wanted.cells) as f32 * scale * wanted.scale;
            best.offer(Hit { chunk, score });
        }
        Ok(best.into_hits())
    }

    /// Loads the vectors of chunks after `last`.
    fn load_after(&mut self, connection: &Connection, last: i64) -> rusqlite::Result<()> {
        if self.ids.is_empty() {
            let space = "SELECT ifnull(model, ''), ifnull(dimension, 0) FROM vector_space";
            (self.model, self.dimension) =
                connection.query_row(space, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        }
        let mut select = connection.prepare_cached(
            "SELECT chunk, terms, scale, cells FROM chunk_vector WHERE chunk > ?1 ORDER BY chunk",
        )?;
        let mut rows = select.query([last])?;
        while let Some(row) = rows.next()? {
            let cells = row.get_ref(3)?.as_blob()?;
            if cells.len() == self.dimension {
                self.ids.push(row.get(0)?);
                self.terms.push(row.get(1)?);
                self.scales.push(row.get(2)?);
                self.cells.extend(cells.iter().map(|cell| cell.cast_signed()));
            }
        }
        Ok(())
    }

    /// Drops the vectors of chunks that are gone.
    fn forget_deleted(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached("SELECT id FROM chunk")?;
        let there = select.query_map([], |row| row.get(0))?.collect::<Result<HashSet<i64>, _>>()?;
        let mut kept = 0;
        for position in 0..self.ids.len() {
            if there.contains(&self.ids[position]) {
                self.ids[kept] = self.ids[position];
                self.terms[kept] = self.terms[position];
                self.scales[kept] = self.scales[position];
                let from = position * self.dimension;
                self.cells.copy_within(from..from + self.dimension, kept * self.dimension);
                kept += 1;
            }
        }
        self.ids.truncate(kept);
        self.terms.truncate(kept);
        self.scales.truncate(kept);
        self.cells.truncate(kept * self.dimension);
        Ok(())
    }
}

/// The product of two rows of one length. Written so that the compiler makes SIMD of it.
fn dot(one: &[i8], other: &[i8]) -> i32 {
    one.iter().zip(other).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// Keeps the best of many hits.
struct Best {
    limit: usize,
    /// What a hit has to reach.
    floor: f32,
    hits: Vec<Hit>,
}

impl Best {
    fn new(limit: usize, floor: f32) -> Self {
        Self { limit, floor, hits: Vec::new() }
    }

    fn offer(&mut self, hit: Hit) {
        if hit.score < self.floor {
            return;
        }
        self.hits.push(hit);
        // Sorting out now and then is cheaper than keeping order all the time.
        if self.hits.len() >= self.limit.saturating_mul(4).max(64) {
            self.hits.select_nth_unstable_by(self.limit - 1, best_first);
            self.hits.truncate(self.limit);
            self.floor = self.floor.max(self.hits[self.limit - 1].score);
        }
    }

    fn into_hits(mut self) -> Vec<Hit> {
        self.hits.sort_unstable_by(best_first);
        self.hits.truncate(self.limit);
        self.hits
    }
}

/// By score; the older chunk first where scores are equal.
pub(super) fn best_first(one: &Hit, other: &Hit) -> Ordering {
    other.score.total_cmp(&one.score).then(one.chunk.cmp(&other.chunk))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_vector_of_nothing_or_of_nonsense_packs_to_zeros() {
        assert_eq!(Packed::of(&[0.0, 0.0]), Packed { scale: 0.0, cells: vec![0, 0] });
        assert_eq!(Packed::of(&[f32::INFINITY, 1.0]).cells, [0, 0]);
        assert_eq!(Packed::of(&[f32::NAN, 1.0]).cells, [0, 127]);
        assert!(Packed::of(&[]).bytes().is_empty());
    }

    #[test]
    fn the_best_are_kept_out_of_many_in_order() {
        let mut best = Best::new(3, 0.0);
        for chunk in 0..1000_i16 {
            best.offer(Hit { chunk: chunk.into(), score: f32::from(chunk * 7 % 1000) });
        }
        let scores: Vec<_> = best.into_hits().iter().map(|hit| hit.score).collect();
        assert_eq!(scores, [999.0, 998.0, 997.0]);
    }

    proptest! {
        #[test]
        fn packing_keeps_each_cell_within_half_a_step(
            vector in proptest::collection::vec(-10.0_f32..10.0, 1..40),
        ) {
            let packed = Packed::of(&vector);
            for (cell, byte) in vector.iter().zip(&packed.cells) {
                let error = (cell - f32::from(*byte) * packed.scale).abs();
                prop_assert!(error <= packed.scale * 0.501 + f32::EPSILON);
            }
        }
    }
}
