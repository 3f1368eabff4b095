//! How long each chunk is, in memory: what the search by words weighs by.

use rusqlite::Connection;

use super::kind::{CHUNKS, Extent};

/// How many terms each chunk has, by rising id.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// What is in here.
    pub(super) extent: Extent,
    ids: Vec<i64>,
    terms: Vec<u32>,
    all_terms: u64,
}

impl Lengths {
    /// Takes over what changed in the store since; runs within a transaction.
    pub(super) fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let now = Extent::read(connection, &CHUNKS)?;
        if now.deletions != self.extent.deletions {
            *self = Self::default();
        }
        let mut select = connection
            .prepare_cached("SELECT id, terms FROM chunk_length WHERE id > ?1 ORDER BY id")?;
        let mut rows = select.query([self.extent.last])?;
        while let Some(row) = rows.next()? {
            let terms = row.get(1)?;
            self.ids.push(row.get(0)?);
            self.terms.push(terms);
            self.all_terms += u64::from(terms);
        }
        self.extent = now;
        Ok(())
    }

    /// How many chunks there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// A chunk's position among all, by rising id.
    pub(super) fn position(&self, chunk: i64) -> Option<u32> {
        u32::try_from(self.ids.binary_search(&chunk).ok()?).ok()
    }

    /// The chunk at a position.
    pub(super) fn id(&self, position: u32) -> i64 {
        self.ids[position as usize]
    }

    /// The terms that a chunk has on average.
    #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
    pub(super) fn average(&self) -> f32 {
        if self.ids.is_empty() { 0.0 } else { self.all_terms as f32 / self.ids.len() as f32 }
    }

    /// The terms of the chunk at a position.
    #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
    pub(super) fn terms(&self, position: u32) -> f32 {
        self.terms[position as usize] as f32
    }
}
