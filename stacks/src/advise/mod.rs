//! From traffic and a goal to a configuration: variants of a file, simulated and priced, and the one to have.
//!
//! ```text
//! file ─variants─▶ Variant… ─judge─▶ Judged… ─Aim─▶ Advice
//! ```
//!
//! A variant is a handful of edits of the user's file, so that what is advised is what can be written. All variants meet the
//! same requests at the same times.

mod aim;
mod choose;
mod frontier;
mod judge;
mod variant;
mod variants;

pub use self::{
    aim::{Aim, AimError, Goal},
    choose::{Advice, choose},
    judge::{Judge, Judged},
    variant::{Change, File, Variant},
    variants::{of_everything, of_strategies},
};

#[cfg(test)]
mod tests;
