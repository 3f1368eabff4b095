//! The whole network, from a text to its vector.

use std::path::Path;

use bytes::Bytes;
use pulp::{Arch, Simd, WithSimd};

use super::{
    file::{ORIGIN, Parts},
    layer::{Layer, Norm},
};
use crate::adapters::built_in::{
    file::{FileError, ModelFile},
    table::{Table, WORD_PIECES},
    word_piece,
};

/// The cells of a vector.
pub(super) const DIMENSION: usize = 384;

const LAYERS: usize = 6;

/// The most word pieces that are read of a text, the two that stand around it among them: the model's card.
const POSITIONS: usize = 256;

/// Stands before a text.
const BEGIN: u32 = 101;

/// Stands after a text.
const END: u32 = 102;

/// The model's weights, as its file has them.
pub(super) struct Network {
    /// What the processor can do, found out when the program runs.
    processor: Arch,
    /// Its vocabulary is this model's too.
    table: Table<'static>,
    /// A row of signed bytes for each word piece.
    words: Bytes,
    /// What each row is multiplied by.
    scales: Vec<f32>,
    positions: Vec<f32>,
    after_reading: Norm,
    layers: Vec<Layer>,
}

impl Network {
    /// Reads the model's file.
    pub(super) fn open(path: &Path, table: Table<'static>) -> Result<Self, FileError> {
        let mut parts = Parts::read(path)?;
        let network = Self::read(&mut parts, table).filter(|_| parts.are_over());
        network.ok_or_else(|| ModelFile { path, origin: ORIGIN }.unfit("it is of another size"))
    }

    fn read(parts: &mut Parts, table: Table<'static>) -> Option<Self> {
        Some(Self {
            processor: Arch::new(),
            table,
            words: parts.cells(WORD_PIECES * DIMENSION)?,
            scales: parts.numbers(WORD_PIECES)?,
            positions: parts.numbers(POSITIONS * DIMENSION)?,
            after_reading: Norm::read(parts)?,
            layers: (0..LAYERS).map(|_| Layer::read(parts)).collect::<Option<_>>()?,
        })
    }

    /// What `text` means: of unit length.
    pub(super) fn vector(&self, text: &str) -> Vec<f32> {
        self.processor.dispatch(Forward { network: self, pieces: &pieces(&self.table, text) })
    }

    pub(super) fn table(&self) -> &Table<'static> {
        &self.table
    }

    #[inline(always)]
    fn forward(&self, pieces: &[u32]) -> Vec<f32> {
        let mut x = Vec::with_capacity(pieces.len() * DIMENSION);
        for (&piece, position) in pieces.iter().zip(self.positions.chunks_exact(DIMENSION)) {
            let piece = piece as usize;
            let (scale, row) = (self.scales[piece], piece * DIMENSION);
            let cells = &self.words[row..row + DIMENSION];
            x.extend(
                cells
                    .iter()
                    .zip(position)
                    .map(|(&cell, position)| f32::from(cell.cast_signed()) * scale + position),
            );
        }
        self.after_reading.apply(&mut x);
        for layer in &self.layers {
            layer.apply(&mut x);
        }
        mean(&x)
    }
}

/// The way of some word pieces through the network, compiled once for each sort of processor.
///
/// For that, all that is called from here has to be inlined; a closure would not be.
struct Forward<'a> {
    network: &'a Network,
    pieces: &'a [u32],
}

impl WithSimd for Forward<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        self.network.forward(self.pieces)
    }
}

/// The word pieces that are read of a text.
pub(super) fn pieces(table: &Table<'_>, text: &str) -> Vec<u32> {
    let mut pieces = vec![BEGIN];
    word_piece::each_piece(table, text, |piece| {
        if pieces.len() < POSITIONS - 1 {
            pieces.push(piece);
        }
    });
    pieces.push(END);
    pieces
}

/// The mean of all pieces' vectors, of unit length.
#[inline(always)]
fn mean(x: &[f32]) -> Vec<f32> {
    let mut mean = vec![0.0; DIMENSION];
    for vector in x.chunks_exact(DIMENSION) {
        for (cell, more) in mean.iter_mut().zip(vector) {
            *cell += more;
        }
    }
    let length = super::simple::dot(&mean, &mean).sqrt();
    mean.iter_mut().for_each(|cell| *cell /= length);
    mean
}
