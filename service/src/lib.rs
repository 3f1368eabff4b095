//! The bundled RAG service, as a library: `main.rs` only reads settings and starts it.
//!
//! ```text
//! config ─▶ compose ─▶ app ─▶ serve, or lambda ─▶ routes ─▶ pipeline ─▶ pool ─▶ ports ◀─ adapters
//! ```

pub mod about;
pub mod adapters;
pub mod app;
pub mod compose;
pub mod config;
mod elapsed;
pub mod error;
pub mod healthcheck;
pub mod ingest;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod logs;
pub mod metrics;
pub mod pipeline;
pub mod pool;
pub mod ports;
pub mod routes;
pub mod secrets;
pub mod serve;
pub mod starting;
pub mod traces;
