//! What `ragctl iam policy` prints is what ragctl calls: no call is refused by it, and nothing in it is never called.
#![expect(clippy::unwrap_used, reason = "the lint knows test functions, not what they share")]

mod document;
mod evaluator;
mod life;
mod lives;
#[expect(dead_code, reason = "what the tests of the backend need besides")]
#[path = "../backend/support.rs"]
mod support;
