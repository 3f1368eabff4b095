//! A layer of the transformer: each piece looks at all others, then at itself.

use super::{
    file::Parts,
    linear::Linear,
    network::DIMENSION,
    simple::{dot, exp, gelu, sum},
};

const HEADS: usize = 12;

/// The cells that one head looks at.
const HEAD: usize = DIMENSION / HEADS;

/// One over the root of `HEAD`.
const SOFTNESS: f32 = 0.176_776_7;

/// The cells between the two matrices of the last step.
const INNER: usize = 4 * DIMENSION;

/// A layer's weights.
pub(super) struct Layer {
    looked: Linear,
    mixed: Linear,
    after_mixing: Norm,
    inner: Linear,
    outer: Linear,
    after_thinking: Norm,
}

impl Layer {
    pub(super) fn read(parts: &mut Parts) -> Option<Self> {
        Some(Self {
            looked: Linear::read(parts, DIMENSION, 3 * DIMENSION)?,
            mixed: Linear::read(parts, DIMENSION, DIMENSION)?,
            after_mixing: Norm::read(parts)?,
            inner: Linear::read(parts, DIMENSION, INNER)?,
            outer: Linear::read(parts, INNER, DIMENSION)?,
            after_thinking: Norm::read(parts)?,
        })
    }

    /// Changes the vectors of all pieces, one after the other in `x`.
    #[inline(always)]
    pub(super) fn apply(&self, x: &mut [f32]) {
        let mixed = attention(&self.looked.apply(x));
        add(x, &self.mixed.apply(&mixed));
        self.after_mixing.apply(x);
        let mut inner = self.inner.apply(x);
        inner.iter_mut().for_each(|cell| *cell = gelu(*cell));
        add(x, &self.outer.apply(&inner));
        self.after_thinking.apply(x);
    }
}

/// What each piece takes from the others: the mean of their values, by how well its query fits their keys.
///
/// `looked` has a query, a key and a value for each piece.
#[inline(always)]
fn attention(looked: &[f32]) -> Vec<f32> {
    let pieces = looked.len() / (3 * DIMENSION);
    let of = |piece: usize, part: usize, head: usize| {
        let at = (3 * piece + part) * DIMENSION + head * HEAD;
        &looked[at..at + HEAD]
    };
    let mut mixed = vec![0.0; pieces * DIMENSION];
    // The first cells of all keys, then the second ones …: so the fits of all keys grow side by side.
    let mut keys = vec![0.0; HEAD * pieces];
    let mut fits = vec![0.0; pieces];
    for head in 0..HEADS {
        for piece in 0..pieces {
            for (cell, key) in of(piece, 1, head).iter().enumerate() {
                keys[cell * pieces + piece] = key * SOFTNESS;
            }
        }
        for piece in 0..pieces {
            fits.fill(0.0);
            for (query, keys) in of(piece, 0, head).iter().zip(keys.chunks_exact(pieces)) {
                for (fit, key) in fits.iter_mut().zip(keys) {
                    *fit += query * key;
                }
            }
            let best = fits.iter().copied().fold(f32::MIN, f32::max);
            fits.iter_mut().for_each(|fit| *fit = exp(*fit - best));
            let all = sum(&fits);
            let at = piece * DIMENSION + head * HEAD;
            let mix = &mut mixed[at..at + HEAD];
            for (other, fit) in fits.iter().enumerate() {
                let share = fit / all;
                for (cell, value) in mix.iter_mut().zip(of(other, 2, head)) {
                    *cell += share * value;
                }
            }
        }
    }
    mixed
}

#[inline(always)]
fn add(x: &mut [f32], more: &[f32]) {
    for (cell, more) in x.iter_mut().zip(more) {
        *cell += more;
    }
}

/// Brings each vector to the mean 0 and the variance 1, then to those that were learnt.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(super) fn read(parts: &mut Parts) -> Option<Self> {
        Some(Self { scale: parts.numbers(DIMENSION)?, shift: parts.numbers(DIMENSION)? })
    }

    #[inline(always)]
    pub(super) fn apply(&self, x: &mut [f32]) {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred cells")]
        let count = DIMENSION as f32;
        for vector in x.chunks_exact_mut(DIMENSION) {
            let mean = sum(vector) / count;
            vector.iter_mut().for_each(|cell| *cell -= mean);
            let factor = 1.0 / (dot(vector, vector) / count + 1e-12).sqrt();
            for ((cell, scale), shift) in vector.iter_mut().zip(&self.scale).zip(&self.shift) {
                *cell = *cell * factor * scale + shift;
            }
        }
    }
}
