//! What stands behind the ports: one folder for each way to keep, to ask, or to read; and whom those that ask trust.

pub mod built_in;
pub mod extract;
pub mod openai;
pub mod postgres;
pub mod rerank;
pub mod sqlite;
pub mod trust;
