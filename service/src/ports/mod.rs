//! The doors: what the pipeline needs from the world. Each has adapters in `adapters/`, and fakes in tests.

pub mod embedder;
pub mod generator;
pub mod graph;
pub mod provider;
pub mod reader;
pub mod reranker;
pub mod store;
pub mod warm_up;

pub use embedder::Embedder;
pub use generator::{Context, Generator, Message, Passage, Prompt, Role};
pub use graph::Graph;
pub use provider::ProviderError;
pub use reader::FileReader;
pub use reranker::Reranker;
pub use store::{Store, StoreError};
