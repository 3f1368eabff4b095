//! A stack over days and months in a moment: requests, tasks, health checks, scaling, sleep and wake, event by event.
//!
//! ```text
//! Traffic ─Arrivals─▶ World ─Happening─▶ Watch
//!      Shape, Times ──▶  │
//!                        └─Tally─▶ Simulated
//! ```
//!
//! When something is due, and what follows, is decided by the state machines of [`crate::timing`], which run the stack on this
//! machine too. All else is drawn by chance from what phases were measured to take, or are assumed to. The same seed gives the
//! same result, byte by byte; memory does not grow with the time that is simulated.
//!
//! What is not simulated: deployments, failures of providers and tasks, and how long ECS, Lambda and CloudFront take to act where
//! nobody says so.

mod agenda;
mod callers;
mod day;
mod function;
mod happening;
mod run;
mod scenario;
mod simulated;
mod tally;
mod task;
mod times;
mod world;

pub use self::{
    day::{Day, Slot},
    happening::{Failed, Happening, Nobody, Watch},
    scenario::{DAY, PATIENCE, Scenario},
    simulated::{Latency, Simulated, Work},
    times::{Chance, Times},
};
use crate::shape::Shape;

/// Runs a scenario to its end.
#[must_use]
pub fn simulate(scenario: &Scenario) -> Simulated {
    watched(scenario, &mut Nobody)
}

/// The same, with somebody who is told all that happens.
pub fn watched(scenario: &Scenario, watch: &mut impl Watch) -> Simulated {
    match &scenario.shape {
        Shape::Tasks(tasks) => world::run(scenario, tasks, watch),
        Shape::Function(it) => function::run(scenario, it, watch),
    }
}

#[cfg(test)]
mod tests;
