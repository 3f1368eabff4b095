//! The backend of this machine with real processes: a supervisor and a small stand-in for the service, both examples of this package.
#![expect(clippy::unwrap_used, reason = "the lint knows test functions, not what they share")]

mod checks;
mod database;
mod life;
mod pace;
mod refusals;
mod rollouts;
mod support;
mod survival;
