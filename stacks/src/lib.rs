//! From a typed stack file to a plan, and from a plan to a running stack.
//!
//! Data flows from top to bottom through these modules:
//!
//! 1. [`config`]: YAML text to a checked [`stack::Stack`], with every mistake told at once.
//! 2. [`strategy`]: the cold-start strategies, pure edits of the stack.
//! 3. [`check`]: what the stack gets wrong without being mistaken.
//! 4. [`desired`]: the stack to the [`resource`]s that it needs.
//! 5. [`live`]: what exists now, read through a [`backend::Backend`].
//! 6. [`plan`]: desired and live to ordered steps; pure.
//! 7. [`apply`]: a plan carried out on a backend, telling [`event`]s as it goes.
//!
//! Beside them, [`shape`] takes from resources what seconds and dollars depend on; [`budget`] and [`cost`] predict those,
//! and [`outlook`] says what a plan does to them. [`tune`] measures what memory does to a function, [`mod@bench`] cold starts.
//!
//! Nothing here reads a clock, a file, the environment or a socket: what it needs is handed in.

pub mod address;
pub mod advise;
pub mod apply;
pub mod backend;
pub mod bench;
pub mod budget;
pub mod check;
pub mod config;
pub mod cost;
pub mod desired;
pub mod event;
pub mod fake;
pub mod lease;
pub mod live;
pub mod log;
pub mod mark;
pub mod outlook;
pub mod plan;
pub mod resource;
pub mod rounded;
pub mod seconds;
pub mod shape;
pub mod simulate;
pub mod stack;
pub mod status;
pub mod strategy;
pub mod timing;
pub mod traffic;
pub mod tune;

#[cfg(any(test, feature = "contract"))]
pub mod contract;
