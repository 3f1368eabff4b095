//! Models that this program runs itself: no key, no network. The table lies in the binary or in a file, MiniLM's
//! weights in a file.

mod embedder;
mod file;
mod generator;
mod minilm;
mod quote;
mod table;
mod word_piece;

pub use embedder::StaticEmbedder;
pub use file::FileError;
pub use generator::QuotingGenerator;
pub use minilm::MinilmEmbedder;
pub use table::Table;
