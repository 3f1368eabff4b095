//! The whole life of stacks on this machine: the real program, the real supervisor, the real service.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot go on from")]

#[path = "../common/holding.rs"]
mod holding;
#[path = "../../../service/tests/store/postgres/server.rs"]
#[expect(dead_code, reason = "the tests of the store use more of it")]
mod postgres;
#[path = "../common/ran.rs"]
mod ran;
#[path = "../common/service.rs"]
mod service;

mod agreement;
mod bench;
mod caller;
mod database;
mod disk;
mod full;
mod idle;
mod killed;
mod life;
mod machine;
mod read_only;
mod refused;
mod secret;
mod strategies;
