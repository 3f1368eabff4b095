//! How many seconds a cold start and a rollout take, by phase, from the shape of a stack and from what was measured.
//!
//! Pure. What is assumed, and from where, stands in `assumed.rs`; `docs/budget-and-cost.md` has the formulas.

mod assumed;
mod cold_start;
mod measured;
pub mod no_kill;
mod phase;
mod range;
mod register;
mod rollout;

pub(crate) use self::assumed::{
    INIT_LIMIT, PROVISIONED_INIT_LIMIT, RETRY_WHILE_WAKING, RETRY_WHILE_WARMING,
};
pub use self::{
    cold_start::{Ahead, ColdStart},
    measured::{Measured, MeasuredError, Measurement},
    phase::{Basis, Phase, PhaseTime},
    range::Range,
    register::FIRST_PROBES,
    rollout::{Rollout, TaskRollout, VersionRollout},
};

#[cfg(test)]
mod published;
#[cfg(test)]
pub(crate) mod tests;
