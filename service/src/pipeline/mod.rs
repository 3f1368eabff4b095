//! From documents to chunks, and from questions to passages.
//!
//! `chunk`, `document`, `fuse`, `piece`, `prompt` and `terms` are pure. `graph`, `ingest` and `query` put them together, and reach the
//! world through pools and ports alone; `ask` and `patience` are how they do.

pub mod ask;
pub mod chunk;
pub mod document;
pub mod fuse;
pub mod graph;
pub mod ingest;
pub mod patience;
pub mod piece;
pub mod prompt;
pub mod query;
pub mod terms;
