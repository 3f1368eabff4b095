//! The backend of AWS against an account in memory.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot go on from")]

mod support;
mod verify;
