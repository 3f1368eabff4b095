//! What is done to texts between the doors: pure functions, without clock, network or disk.

pub mod chunk;
pub mod fuse;
pub mod piece;
pub mod terms;
