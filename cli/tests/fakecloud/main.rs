//! The whole life of stacks on fakecloud, an emulator of AWS that runs tasks for real: the real program through the real
//! SDKs, and the real service behind its real health checks.
//!
//! It is not part of `cargo test`, for it needs the emulator (a crate, `cargo install fakecloud --version 0.51.0 --locked`, run as a
//! process) and Python: `cargo test --workspace --test fakecloud`, with `FAKECLOUD` naming the program where it is not on the path.
//! `.ci/run` installs it and runs this.
//!
//! What fakecloud does not do as AWS: a rollout never completes and never fails (so `RAGCTL_GATE=settled` lets the tasks speak), tasks
//! that fail are not counted, duplicate security groups are accepted, nothing in use refuses to be deleted, and no permission is checked.
//! The account in memory of `stacks/aws/cloud` does all that, in the tests of every day.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot go on from")]

#[path = "../common/ran.rs"]
mod ran;
#[path = "../common/service.rs"]
mod service;
#[path = "../../../stacks/aws/tests/fields/table.rs"]
mod table;

mod emulator;
mod fields;
mod home;
mod http;
mod life;
