//! Text from files: those that people's tools make, those that were made to do harm, and those that are broken. Read by
//! the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to panic")]

mod bench;
mod documents;
mod docx;
mod fuzz;
mod hostile;
mod memory;
mod process;
