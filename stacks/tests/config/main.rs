//! Stack files as users write them: what is accepted, and what is said about the rest.

mod broken;
mod environments;
mod examples;
mod fuzz;
mod schema;
mod valid;
