//! The search through all rows, compiled for several processors and chosen when the program runs.
//!
//! The loop is written plainly, for the compiler to make SIMD of it: for the processors that every binary of the
//! target has to run on, and once more each for those with AVX2 and with AVX-512. On ARM, every processor of 64 bits
//! has NEON.

use pulp::{Arch, Simd, WithSimd};

use super::{
    best::{Best, Scored},
    packed::Packed,
};

/// Rows of signed bytes, one after the other, each with its id and scale.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// Bytes of a row; not 0.
    pub(super) dimension: usize,
    /// The ids.
    pub(super) ids: &'a [i64],
    /// The scales.
    pub(super) scales: &'a [f32],
    /// The bytes of all rows.
    pub(super) cells: &'a [i8],
}

/// Offers the product of each row with `wanted`.
struct Scan<'a> {
    rows: Rows<'a>,
    wanted: &'a Packed,
    best: &'a mut Best,
}

impl WithSimd for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for_all(self.rows, self.wanted, self.best);
    }
}

impl Rows<'_> {
    /// Offers the product of each row with `wanted`, as fast as `processor` can.
    pub(super) fn scan(self, processor: Arch, wanted: &Packed, best: &mut Best) {
        processor.dispatch(Scan { rows: self, wanted, best });
    }
}

/// The loop itself: inlined into what is compiled for a processor, it is compiled for that.
#[inline(always)]
fn for_all(rows: Rows<'_>, wanted: &Packed, best: &mut Best) {
    let cells = rows.cells.chunks_exact(rows.dimension);
    for ((&id, &scale), row) in rows.ids.iter().zip(rows.scales).zip(cells) {
        #[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
        let score = dot(row, &wanted.cells) as f32 * scale * wanted.scale;
        best.offer(Scored { id, score });
    }
}

/// The product of two rows of one length.
#[inline(always)]
fn dot(one: &[i8], other: &[i8]) -> i32 {
    one.iter().zip(other).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_processor_finds_the_same(
            dimension in 1_usize..100,
            seed in any::<u64>(),
        ) {
            let mut random = fastrand::Rng::with_seed(seed);
            let count = 50;
            let ids: Vec<i64> = (0..count).collect();
            let scales: Vec<f32> = ids.iter().map(|_| random.f32()).collect();
            let cells: Vec<i8> =
                (0..ids.len() * dimension).map(|_| random.i8(-127..=127)).collect();
            let wanted = Packed {
                scale: 0.01,
                cells: (0..dimension).map(|_| random.i8(-127..=127)).collect(),
            };
            let rows = Rows { dimension, ids: &ids, scales: &scales, cells: &cells };
            let found = |scan: &dyn Fn(&mut Best)| {
                let mut best = Best::new(10, f32::MIN);
                scan(&mut best);
                best.into_sorted()
            };
            let plain = found(&|best| for_all(rows, &wanted, best));
            prop_assert_eq!(plain.len(), 10);
            let chosen = found(&|best| rows.scan(Arch::new(), &wanted, best));
            prop_assert_eq!(&chosen, &plain);
            // And by arithmetic that no compiler vectorises differently.
            for one in &plain {
                let row = usize::try_from(one.id).unwrap();
                let of_row = &cells[row * dimension..(row + 1) * dimension];
                let exact: i64 =
                    of_row.iter().zip(&wanted.cells).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum();
                #[expect(clippy::cast_precision_loss, reason = "as in the scan")]
                let score = exact as f32 * scales[row] * wanted.scale;
                prop_assert_eq!(one.score, score);
            }
        }
    }
}
