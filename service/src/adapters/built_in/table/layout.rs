//! The table's bytes, taken apart and looked through once: afterwards nothing read from it is out of bounds.
//!
//! The same function does it while the program is compiled, where an error stops the compiler, and while it runs.
//! There is no checksum in the layout: a cell that has become another one goes unseen.

use super::{DIMENSION, Table, WORD_PIECES};

/// Magic, and three numbers.
const HEAD: usize = 16;

/// No row is multiplied by more; what ships is below 0.006.
const LARGEST_SCALE: f32 = 1.0;

impl<'a> Table<'a> {
    /// Takes the table apart; the error is what is wrong with it.
    pub(super) const fn read(file: &'a [u8]) -> Result<Self, &'static str> {
        let Some((head, rest)) = file.split_at_checked(HEAD) else {
            return Err("it is cut off");
        };
        let (head, _) = head.as_chunks::<4>();
        if u32::from_le_bytes(head[0]) != u32::from_le_bytes(*b"SEMB") {
            return Err("it is not a table");
        }
        let (count, dimension) = (u32::from_le_bytes(head[1]), u32::from_le_bytes(head[2]));
        if count as usize != WORD_PIECES || dimension as usize != DIMENSION {
            return Err("it is a table of another size");
        }
        let names_bytes = u32::from_le_bytes(head[3]) as usize;
        let size = 4 * (WORD_PIECES + 1) + (4 + 4 + DIMENSION) * WORD_PIECES + names_bytes;
        if rest.len() < size {
            return Err("it is cut off");
        }
        if rest.len() > size {
            return Err("it is longer than a table");
        }
        let (ends, rest) = rest.split_at(4 * (WORD_PIECES + 1));
        let (ids, rest) = rest.split_at(4 * WORD_PIECES);
        let (scales, rest) = rest.split_at(4 * WORD_PIECES);
        let (rows, names) = rest.split_at(DIMENSION * WORD_PIECES);
        let table = Self {
            ends: ends.as_chunks().0,
            ids: ids.as_chunks().0,
            scales: scales.as_chunks().0,
            rows: rows.as_chunks().0,
            names,
        };
        if table.is_sound() { Ok(table) } else { Err("it is damaged") }
    }

    /// Whether each name, row and number is one.
    const fn is_sound(&self) -> bool {
        let mut before: &[u8] = &[];
        let mut begin = 0;
        let mut position = 0;
        while position < WORD_PIECES {
            let (from, to) = (u32::from_le_bytes(self.ends[position]), self.end(position));
            let id = u32::from_le_bytes(self.ids[position]) as usize;
            let scale = f32::from_le_bytes(self.scales[position]);
            // Not a number is not below anything.
            let is_scale = 0.0 <= scale && scale <= LARGEST_SCALE;
            if from as usize != begin || to > self.names.len() || to < begin {
                return false;
            }
            let (_, rest) = self.names.split_at(begin);
            let (name, _) = rest.split_at(to - begin);
            if id >= WORD_PIECES || !is_scale || !comes_before(before, name) {
                return false;
            }
            (before, begin) = (name, to);
            position += 1;
        }
        begin == self.names.len()
    }

    const fn end(&self, position: usize) -> usize {
        u32::from_le_bytes(self.ends[position + 1]) as usize
    }
}

/// Whether `one` is less than `other`, byte by byte; the operator cannot be used while compiling.
const fn comes_before(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, rest_a @ ..], [b, rest_b @ ..]) = (one, other) {
        if *a != *b {
            return *a < *b;
        }
        (one, other) = (rest_a, rest_b);
    }
    one.len() < other.len()
}
