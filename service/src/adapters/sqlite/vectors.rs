//! All vectors of a kind in memory, and the search through them.
//!
//! A vector is kept as one signed byte a dimension and a scale: a quarter of the memory. Among many vectors, bytes
//! cannot tell the nearest apart; there the best are compared once more, by their halves from the file.

use pulp::Arch;
use rusqlite::{Connection, OptionalExtension};

use super::{
    best::{Best, Scored},
    error::Refusal,
    kind::{Extent, Kind},
    packed::{Packed, dot_halves},
    scan::Rows,
};

/// Up to so many vectors lie so far from each other that bytes tell the nearest apart.
const FAR_APART: usize = 4096;

/// How many more than twice what is wanted are compared by halves. The score by bytes of one that belongs among the wanted
/// would have to be off by what lies between these and the last of so many.
const SPARE: usize = 16;

/// What a score by bytes may be off by.
const MARGIN: f32 = 0.01;

/// The vectors, one after the other, by rising id.
#[derive(Debug)]
pub(super) struct Vectors {
    kind: &'static Kind,
    processor: Arch,
    /// What is in here.
    pub(super) extent: Extent,
    model: String,
    dimension: usize,
    ids: Vec<i64>,
    scales: Vec<f32>,
    cells: Vec<i8>,
}

impl Vectors {
    /// None yet.
    pub(super) fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            processor: Arch::new(),
            extent: Extent::default(),
            model: String::new(),
            dimension: 0,
            ids: Vec::new(),
            scales: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Takes over what changed in the store since; runs within a transaction.
    pub(super) fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let now = Extent::read(connection, self.kind)?;
        if now.deletions != self.extent.deletions && !self.ids.is_empty() {
            self.forget_deleted(connection)?;
        }
        if now.last > self.extent.last {
            self.load_after(connection, self.extent.last)?;
        }
        self.extent = now;
        Ok(())
    }

    /// The nearest `limit` vectors with a cosine of `threshold` or more, best first.
    pub(super) fn nearest(
        &self,
        connection: &Connection,
        wanted: &[f32],
        limit: usize,
        threshold: f32,
    ) -> Result<Vec<Scored>, Refusal> {
        if self.ids.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        if wanted.len() != self.dimension {
            return Err(Refusal::OtherModel {
                stored: format!("{} ({} dimensions)", self.model, self.dimension),
                wanted: format!("{} dimensions", wanted.len()),
            });
        }
        if self.ids.len() <= FAR_APART {
            return Ok(self.nearest_by_bytes(wanted, limit, threshold));
        }
        let some = limit.saturating_mul(2).saturating_add(SPARE);
        let mut best = self.nearest_by_bytes(wanted, some, threshold - MARGIN);
        self.compare(connection, wanted, &mut best)?;
        best.retain(|one| one.score >= threshold);
        best.truncate(limit);
        Ok(best)
    }

    fn nearest_by_bytes(&self, wanted: &[f32], limit: usize, threshold: f32) -> Vec<Scored> {
        let Self { dimension, ids, scales, cells, .. } = self;
        let rows = Rows { dimension: *dimension, ids, scales, cells };
        let mut best = Best::new(limit, threshold);
        rows.scan(self.processor, &Packed::of(wanted), &mut best);
        best.into_sorted()
    }

    /// Gives those that have halves the score by these, and sorts them.
    fn compare(
        &self,
        connection: &Connection,
        wanted: &[f32],
        best: &mut [Scored],
    ) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached(self.kind.exact)?;
        for one in &mut *best {
            let exact = select
                .query_row([one.id], |row| Ok(dot_halves(wanted, row.get_ref(0)?.as_blob()?)))
                .optional()?;
            one.score = exact.unwrap_or(one.score);
        }
        best.sort_unstable_by(Scored::best_first);
        Ok(())
    }

    /// Loads the vectors after `last`.
    fn load_after(&mut self, connection: &Connection, last: i64) -> rusqlite::Result<()> {
        if self.ids.is_empty() {
            let space = "SELECT ifnull(model, ''), ifnull(dimension, 0) FROM vector_space";
            (self.model, self.dimension) =
                connection.query_row(space, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            // All at once: grown by doubling, they would take up to three times the memory on the way.
            let count = connection.query_row(self.kind.count, [], |row| row.get(0))?;
            self.ids.reserve_exact(count);
            self.scales.reserve_exact(count);
            self.cells.reserve_exact(count * self.dimension);
        }
        let mut select = connection.prepare_cached(self.kind.load)?;
        let mut rows = select.query([last])?;
        while let Some(row) = rows.next()? {
            let cells = row.get_ref(2)?.as_blob()?;
            if cells.len() == self.dimension {
                self.ids.push(row.get(0)?);
                self.scales.push(row.get(1)?);
                self.cells.extend(cells.iter().map(|cell| cell.cast_signed()));
            }
        }
        Ok(())
    }

    /// Drops the vectors of what is gone.
    fn forget_deleted(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached(self.kind.ids)?;
        let mut there = select.query_map([], |row| row.get::<_, i64>(0))?;
        let mut next = there.next().transpose()?;
        let mut kept = 0;
        for position in 0..self.ids.len() {
            let id = self.ids[position];
            while next.is_some_and(|next| next < id) {
                next = there.next().transpose()?;
            }
            if next == Some(id) {
                if kept < position {
                    self.ids[kept] = id;
                    self.scales[kept] = self.scales[position];
                    let from = position * self.dimension;
                    self.cells.copy_within(from..from + self.dimension, kept * self.dimension);
                }
                kept += 1;
            }
        }
        self.ids.truncate(kept);
        self.scales.truncate(kept);
        self.cells.truncate(kept * self.dimension);
        Ok(())
    }
}
