//! What stands behind the ports: one folder for each way to keep or to ask.

pub mod built_in;
pub mod openai;
pub mod postgres;
pub mod sqlite;
