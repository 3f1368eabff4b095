//! From documents to chunks, and from questions to passages.
//!
//! `chunk`, `document`, `fuse`, `piece`, `prompt` and `terms` are pure. `ingest` and `query` put them together, and reach the world
//! through pools and ports alone.

pub mod chunk;
pub mod document;
pub mod fuse;
pub mod ingest;
pub mod piece;
pub mod progress;
pub mod prompt;
pub mod query;
pub mod terms;
