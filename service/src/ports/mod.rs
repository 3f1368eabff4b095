//! The doors: what the pipeline needs from the world. Each has adapters in `adapters/`, and fakes in tests.

pub mod embedder;
pub mod generator;
pub mod provider;
pub mod store;

pub use embedder::Embedder;
pub use generator::{Generator, Passage, Prompt};
pub use provider::ProviderError;
pub use store::{Store, StoreError};
