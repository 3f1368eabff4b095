//! The engine on the fake backend: the contract, the laws of planning, and what apply does when a step fails.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod apply;
mod contract;
mod laws;
mod plans;
mod seed;
mod slow;
mod stacks;
