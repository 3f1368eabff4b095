//! The engine on the fake backend: the contract, the laws of planning, and what apply does when a step fails.

mod apply;
mod contract;
mod laws;
mod plans;
mod slow;
mod stacks;
