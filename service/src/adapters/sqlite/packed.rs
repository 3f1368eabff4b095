//! Vectors as they are kept: in signed bytes to search all of them, in halves of a float to tell the best apart.

use half::{f16, slice::HalfFloatSliceExt, vec::HalfFloatVecExt};

/// A vector in signed bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packed {
    /// What the cells are multiplied by.
    pub(super) scale: f32,
    /// The cells.
    pub(super) cells: Vec<i8>,
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

/// A vector in halves, as it is stored.
pub(super) fn halves(vector: &[f32]) -> Vec<u8> {
    let halves: Vec<f16> = Vec::from_f32_slice(vector);
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// The product of a vector with one in halves.
pub(super) fn dot_halves(wanted: &[f32], stored: &[u8]) -> f32 {
    let (pairs, _) = stored.as_chunks::<2>();
    let halves: Vec<f16> = pairs.iter().map(|pair| f16::from_le_bytes(*pair)).collect();
    wanted.iter().zip(halves.to_f32_vec()).map(|(one, other)| one * other).sum()
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

        #[test]
        fn halves_are_as_good_as_the_vector(
            vector in proptest::collection::vec(-1.0_f32..1.0, 1..40),
        ) {
            let exact: f32 = vector.iter().map(|cell| cell * cell).sum();
            prop_assert!((dot_halves(&vector, &halves(&vector)) - exact).abs() <= exact * 0.001 + 1e-5);
        }
    }
}
