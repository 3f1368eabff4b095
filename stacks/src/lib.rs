//! From a typed stack file to a plan, and from a plan to a running stack.

pub mod config;
pub mod stack;
pub mod strategy;
