//! What chunks say of things and their relations, as a language model reads them.
//!
//! `rows` is what a model writes, read tolerantly and within bounds; `extract` has it written. What all chunks say of
//! one thing is put together by the store, when it is asked.

mod extract;
mod extractor;
mod rows;

pub use extract::extract;
pub use extractor::Extractor;
