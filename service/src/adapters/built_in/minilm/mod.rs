//! all-MiniLM-L6-v2 in signed bytes, run by this program: English, 384 dimensions, milliseconds a text.
//!
//! Its file is not part of the binary: `service/model/make-minilm` makes it. In: texts. Out: their vectors. The numbers
//! are worked out on threads that may block, a text at a time.

mod embedder;
mod file;
mod layer;
mod linear;
mod network;
mod simple;
#[cfg(test)]
mod tests;

pub use embedder::MinilmEmbedder;
