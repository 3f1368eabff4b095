//! Matrices of signed bytes times vectors of them.

use bytes::Bytes;

use super::file::Parts;

/// What the largest cell of a vector becomes: as much as a sum of 32 bits bears for 1,536 cells times ±127. A signed
/// byte would be no faster, and would lose more than the weights do.
const LARGEST: f32 = 8191.0;

/// A matrix and what is added to its product.
pub(super) struct Linear {
    inputs: usize,
    /// A row of signed bytes for each output.
    cells: Bytes,
    /// What each row is multiplied by.
    scales: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    pub(super) fn read(parts: &mut Parts, inputs: usize, outputs: usize) -> Option<Self> {
        Some(Self {
            inputs,
            cells: parts.cells(inputs * outputs)?,
            scales: parts.numbers(outputs)?,
            bias: parts.numbers(outputs)?,
        })
    }

    /// The product for each vector of `x`, one after the other.
    #[inline(always)]
    pub(super) fn apply(&self, x: &[f32]) -> Vec<f32> {
        let outputs = self.bias.len();
        let packed = Packed::of(x, self.inputs);
        let mut product = vec![0.0; x.len() / self.inputs * outputs];
        let mut wide = vec![0; self.inputs];
        for (output, row) in self.cells.chunks_exact(self.inputs).enumerate() {
            // Widened once for all vectors: the processor multiplies pairs of 16 bits.
            for (wide, &cell) in wide.iter_mut().zip(row) {
                *wide = i16::from(cell.cast_signed());
            }
            let (scale, bias) = (self.scales[output], self.bias[output]);
            let vectors = packed.cells.chunks_exact(self.inputs).zip(&packed.scales);
            for (place, (vector, vector_scale)) in vectors.enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "24 bits are enough of a sum")]
                let sum = dot(&wide, vector) as f32;
                product[place * outputs + output] = sum * (scale * vector_scale) + bias;
            }
        }
        product
    }
}

/// Vectors as whole numbers within ±8191, each with a scale.
struct Packed {
    cells: Vec<i16>,
    scales: Vec<f32>,
}

impl Packed {
    #[inline(always)]
    fn of(x: &[f32], length: usize) -> Self {
        let mut cells = Vec::with_capacity(x.len());
        let mut scales = Vec::with_capacity(x.len() / length);
        for vector in x.chunks_exact(length) {
            let largest = vector.iter().fold(f32::MIN_POSITIVE, |most, cell| most.max(cell.abs()));
            let factor = LARGEST / largest;
            #[expect(clippy::cast_possible_truncation, reason = "the value is within ±8191")]
            cells.extend(vector.iter().map(|cell| (cell * factor).round_ties_even() as i16));
            scales.push(largest / LARGEST);
        }
        Self { cells, scales }
    }
}

/// The product of two vectors of one length. Written so that the compiler makes SIMD of it, even where it checks for
/// overflow: there can be none.
#[inline(always)]
fn dot(one: &[i16], other: &[i16]) -> i32 {
    one.iter()
        .zip(other)
        .fold(0_i32, |sum, (&a, &b)| sum.wrapping_add(i32::from(a).wrapping_mul(i32::from(b))))
}
