//! When things are due and what follows from them: pure state machines.
//!
//! None of them reads a clock. Time is handed in as a [`std::time::Duration`] since some start and runs at the stack's time
//! scale, so that a simulation can drive the same code. Time that goes back is taken as time that stands still.
//!
//! What waits for the world (a probe's answer, a silent connection) is not here and not scaled: programs do not answer faster because the
//! timings run faster. Only [`clock`] touches real time.

pub mod backoff;
pub mod clock;
pub mod container_check;
pub mod health;
pub mod idle;
pub mod rollout;
pub mod scaling;
