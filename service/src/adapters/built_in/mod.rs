//! Models inside the binary: no key, no download, no start-up time.

mod embedder;
mod generator;
mod quote;
mod table;
mod word_piece;

pub use embedder::StaticEmbedder;
pub use generator::QuotingGenerator;
