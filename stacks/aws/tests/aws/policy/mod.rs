//! What `ragctl iam policy` prints is what ragctl calls: no call is refused by it, and nothing in it is never called.

mod document;
mod evaluator;
mod life;
mod lives;
