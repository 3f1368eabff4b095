//! Models that this program runs itself: no key, no network. All but MiniLM's weights are inside the binary.

mod embedder;
mod generator;
mod minilm;
mod quote;
mod table;
mod word_piece;

pub use embedder::StaticEmbedder;
pub use generator::QuotingGenerator;
pub use minilm::{FileError, MinilmEmbedder};
