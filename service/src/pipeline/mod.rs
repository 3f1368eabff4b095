//! From documents to chunks, and from questions to passages.
//!
//! `chunk`, `document`, `format`, `fuse`, `piece`, `prompt`, `segment` and `terms` are pure; `progress` remembers, `spool` keeps what is
//! sent. `graph`, `ingest` and `query` put them together, and reach the world through pools and ports alone; `ask` and `patience` are
//! how they do.

pub mod ask;
pub mod chunk;
pub mod document;
pub mod format;
pub mod fuse;
pub mod graph;
pub mod ingest;
pub mod patience;
pub mod piece;
pub mod progress;
pub mod prompt;
pub mod query;
pub mod segment;
pub mod spool;
pub mod terms;
