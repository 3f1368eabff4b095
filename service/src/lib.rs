//! The bundled RAG service, as a library: `main.rs` only reads settings and starts it.

pub mod adapters;
pub mod pipeline;
pub mod ports;
