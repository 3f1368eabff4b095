//! When things are due and what follows from them: pure state machines.
//!
//! The supervisor of this machine drives them by its clock, and a simulation by its events: what is simulated is
//! what runs. None of them reads a clock. Time is handed in as a [`std::time::Duration`] since some start and runs at the
//! stack's time scale. Time that goes back is taken as time that stands still.
//!
//! What waits for the world (a probe's answer, a silent connection) is not here and not scaled: programs do not answer
//! faster because the timings run faster.

pub mod backoff;
pub mod container_check;
pub mod crew;
pub mod health;
pub mod idle;
pub mod rollout;
pub mod scaling;
