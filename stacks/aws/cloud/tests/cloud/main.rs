//! The account in memory, spoken to as the SDKs do: plain HTTP, one protocol after another.

#![expect(clippy::unwrap_used, reason = "a test's helpers may panic as its tests may")]

mod client;
mod faults;
mod lambda;
mod network;
mod protocol;
mod rollout;
mod service;
mod stack;
mod state;
