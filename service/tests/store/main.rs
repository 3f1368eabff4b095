//! What every store promises, tested against the port; and what is particular to each.

#![expect(clippy::unwrap_used, reason = "a test may fail by a panic")]

#[path = "../api/certificates.rs"]
mod certificates;
mod suite;

mod migration;
mod postgres;
mod sqlite;
