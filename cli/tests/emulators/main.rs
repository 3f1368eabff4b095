//! The whole life of stacks on emulators of AWS: the real program through the real SDKs.
//!
//! - fakecloud runs tasks and functions for real: the real service behind its real health checks, or handed events.
//! - ministack looks at what each caller is allowed.
//!
//! It is not part of `cargo test`, for it needs both as programs, Python, and AWS's SDK for JavaScript: `.ci/run` installs them and runs
//! `cargo test --workspace --test emulators` with `FAKECLOUD`, `MINISTACK` and `AWS_SDK_JS` naming them,
//! and `BUNDLE` naming what functions are made of.
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

mod bench;
mod calls;
mod fakecloud;
mod fields;
mod home;
mod http;
mod idle;
mod lambda;
mod life;
mod ministack;
mod policy;
mod strategies;
