//! The static embedding table: a row of cells for each word piece, read where it lies in the binary.
//!
//! Its layout stands in `model/README.md`. It is taken apart while the program is compiled, so that a
//! damaged file does not build, and opening it takes no time.

/// The cells of a row, and so of a vector.
pub(super) const DIMENSION: usize = 256;

/// The row of `[UNK]`, which stands for what the vocabulary cannot spell.
pub(super) const UNKNOWN: u32 = 100;

/// The table that ships with the service.
pub(super) static TABLE: Table = Table::read(include_bytes!("../../../model/static-table.bin"));

/// Word pieces and their rows.
pub(super) struct Table {
    /// Where each name ends; the first is 0. Names are sorted by bytes.
    ends: &'static [[u8; 4]],
    /// The row of each name.
    ids: &'static [[u8; 4]],
    /// What a row's cells are multiplied by.
    scales: &'static [[u8; 4]],
    /// Signed cells.
    rows: &'static [[u8; DIMENSION]],
    /// All names, one after the other.
    names: &'static [u8],
}

impl Table {
    /// Takes the file apart; stops the compiler where it is not as described.
    const fn read(file: &'static [u8]) -> Self {
        let (head, rest) = file.split_at(16);
        let (head, _) = head.as_chunks::<4>();
        assert!(u32::from_le_bytes(head[0]) == u32::from_le_bytes(*b"SEMB"), "not a table");
        assert!(u32::from_le_bytes(head[2]) as usize == DIMENSION, "another dimension");
        let count = u32::from_le_bytes(head[1]) as usize;
        let (ends, rest) = rest.split_at(4 * (count + 1));
        let (ids, rest) = rest.split_at(4 * count);
        let (scales, rest) = rest.split_at(4 * count);
        let (rows, names) = rest.split_at(DIMENSION * count);
        assert!(names.len() == u32::from_le_bytes(head[3]) as usize, "names cut off");
        Self {
            ends: ends.as_chunks().0,
            ids: ids.as_chunks().0,
            scales: scales.as_chunks().0,
            rows: rows.as_chunks().0,
            names,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_at_its_own_row() {
        let mut seen = vec![false; TABLE.ids.len()];
        for position in 0..TABLE.ids.len() {
            let name = TABLE.name(position);
            let (id, length) = TABLE.longest(name).expect("a name of the table is found");
            assert_eq!(length, name.len());
            assert!(!std::mem::replace(&mut seen[id as usize], true), "row {id} is named twice");
        }
        assert_eq!(seen.len(), 30_522);
    }

    #[test]
    fn unknown_is_the_row_of_unk() {
        assert_eq!(TABLE.longest(b"[UNK]"), Some((UNKNOWN, 5)));
    }

    #[test]
    fn the_longest_name_that_fits_is_found() {
        fn longest(word: &str) -> Option<&str> {
            TABLE.longest(word.as_bytes()).map(|(_, length)| &word[..length])
        }
        assert_eq!(longest("holidayz"), Some("holiday"));
        assert_eq!(longest("##ingz"), Some("##ing"));
        assert_eq!(longest("qzz"), Some("q"));
        assert_eq!(longest(""), None);
        assert_eq!(longest("\u{10ffff}"), None);
    }
}
