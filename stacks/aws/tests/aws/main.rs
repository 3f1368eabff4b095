//! The backend of AWS, through the real SDKs, against an account in memory that behaves, refuses and fails as AWS does.
#![expect(clippy::unwrap_used, reason = "the lint knows test functions, not what they share")]

mod alike;
mod bench;
mod cold_times;
mod combinations;
mod contract;
mod drift;
mod edge;
mod faults;
mod fields;
mod functions;
mod idle;
mod image;
mod keepalive;
mod lambda;
mod policy;
mod rollouts;
mod shared;
mod support;
mod verify;

#[path = "../fields/table.rs"]
mod table;
