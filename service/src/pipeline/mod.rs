//! From documents to chunks, and from questions to passages.
//!
//! `chunk`, `document`, `format`, `fuse`, `piece`, `prompt`, `segment` and `terms` are pure; `progress` remembers, `spool` keeps what is
//! sent. `ingest` and `query` put them together, and reach the world
//! through pools and ports alone.

pub mod chunk;
pub mod document;
pub mod format;
pub mod fuse;
pub mod ingest;
pub mod piece;
pub mod progress;
pub mod prompt;
pub mod query;
pub mod segment;
pub mod spool;
pub mod terms;
