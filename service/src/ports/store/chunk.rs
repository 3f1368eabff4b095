//! A chunk: to keep, to look for, found.

use super::Measured;
use crate::ports::graph::Mentions;

/// Chunks of a document to keep, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Portion {
    /// The position of the first of them within the document.
    pub from: u32,
    /// The chunks.
    pub chunks: Vec<NewChunk>,
    /// The model of their vectors.
    pub model: String,
    /// What the document turned out to be; none as long as more follow.
    pub end: Option<Measured>,
}

/// A chunk to keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewChunk {
    /// Its words.
    pub text: String,
    /// What it means, of unit length.
    pub vector: Vec<f32>,
    /// What it says of which things; empty without a graph.
    pub mentions: Mentions,
}

/// A chunk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its id in the store.
    pub id: i64,
    /// Its document.
    pub document: String,
    /// Its position within the document, from 0.
    pub position: u32,
    /// Its document's source.
    pub source: String,
    /// Its words.
    pub text: String,
}

impl Chunk {
    /// What clients know it by, such as `doc-1f…-chunk-007`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-chunk-{:03}", self.document, self.position)
    }
}

/// What to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The question's vector; none finds by words alone.
    pub vector: Option<Vec<f32>>,
    /// The question's words; none finds by vector alone.
    pub text: Option<String>,
    /// The most to return of each kind.
    pub limit: usize,
    /// The least cosine.
    pub threshold: f32,
}

/// A chunk and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The chunk.
    pub chunk: i64,
    /// Cosine, or BM25 (higher is better here); not comparable with each other.
    pub score: f32,
}

/// Both kinds of hits, each best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    /// By vector.
    pub near: Vec<Hit>,
    /// By words.
    pub matching: Vec<Hit>,
}
