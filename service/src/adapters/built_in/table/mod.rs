//! The static embedding table: a row of cells for each word piece. Its layout stands in `model/README.md`.

mod layout;
mod source;
#[cfg(test)]
pub(super) mod tests;

use std::fmt;

/// The cells of a row, and so of a vector.
pub(super) const DIMENSION: usize = 256;

/// The row of `[UNK]`, which stands for what the vocabulary cannot spell.
pub(super) const UNKNOWN: u32 = 100;

/// The word pieces of the vocabulary, BERT's uncased one: a row for each.
pub(super) const WORD_PIECES: usize = 30_522;

/// Word pieces and their rows, read where they lie.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// Where each name ends; the first is 0. Names are sorted by bytes.
    ends: &'a [[u8; 4]],
    /// The row of each name.
    ids: &'a [[u8; 4]],
    /// What a row's cells are multiplied by.
    scales: &'a [[u8; 4]],
    /// Signed cells.
    rows: &'a [[u8; DIMENSION]],
    /// All names, one after the other.
    names: &'a [u8],
}

impl Table<'_> {
    /// The row of the longest word piece that `word` begins with, and its length in bytes.
    ///
    /// `##` comes before a word piece that continues a word.
    pub(super) fn longest(&self, word: &[u8]) -> Option<(u32, usize)> {
        let (mut wanted, mut high) = (word, self.ids.len());
        loop {
            let after = self.first_after(wanted, high);
            let position = after.checked_sub(1)?;
            let name = self.name(position);
            // A name between the longest that fits and what is wanted begins as both do, so no longer
            // one fits than what they have in common.
            let common = name.iter().zip(wanted).take_while(|(one, other)| one == other).count();
            if common == name.len() {
                return (common > 0).then(|| (u32::from_le_bytes(self.ids[position]), common));
            }
            (wanted, high) = (&wanted[..common], after);
        }
    }

    /// The position of the first name below `high` that comes after `wanted`.
    fn first_after(&self, wanted: &[u8], high: usize) -> usize {
        let (mut low, mut high) = (0, high);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.name(middle) <= wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Adds the row `id` to `sum`.
    pub(super) fn add(&self, id: u32, sum: &mut [f32; DIMENSION]) {
        let id = id as usize;
        let scale = f32::from_le_bytes(self.scales[id]);
        for (cell, total) in self.rows[id].iter().zip(sum) {
            *total += scale * f32::from(cell.cast_signed());
        }
    }

    fn name(&self, position: usize) -> &[u8] {
        let end = |position: usize| u32::from_le_bytes(self.ends[position]) as usize;
        &self.names[end(position)..end(position + 1)]
    }
}

impl fmt::Debug for Table<'_> {
    /// Without its eight million cells.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}
