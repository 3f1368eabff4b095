//! Measuring cold starts by forcing them.
//!
//! ```text
//! Stack ─▶ Scratch (a stack of its own in a temporary folder) ─asleep, woken, asked─▶ ColdRun… ─▶ ColdStarts
//! ```
//!
//! [`local::cold_starts`] is the way in for whoever has a stack; [`seed`] compares the service before ragctl with ours against a
//! [`provider`] of a given latency. Nothing here prints: what goes on is told to a [`crate::output::progress::Wait`].

mod cold;
pub(crate) mod fargate;
mod http;
pub(crate) mod local;
pub(crate) mod pace;
pub(crate) mod provider;
pub(crate) mod question;
mod scratch;
pub(crate) mod seed;
pub(crate) mod stand_in;
mod start;

use jiff::Timestamp;

/// The day, as records tell it.
pub(crate) fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}
