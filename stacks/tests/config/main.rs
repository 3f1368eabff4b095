//! Stack files as users write them: what is accepted, and what is said about the rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod broken;
mod environments;
mod examples;
mod fuzz;
mod schema;
mod valid;
