//! The backend of this machine with real processes: a supervisor and a small stand-in for the service, both examples of this package.

mod checks;
mod life;
mod pace;
mod refusals;
mod rollouts;
mod support;
mod survival;
