//! From nothing to the first answer, by phase.

mod function;
mod tasks;

use serde::Serialize;

use super::{
    measured::Measured,
    phase::{Basis, Phase, PhaseTime},
    range::Range,
};
use crate::{
    shape::{Shape, Warming},
    stack::Budget,
};

/// How long it takes from nothing to the first answer.
///
/// A phase that does not occur is not there. Warming that goes on while the balancer looks for the task counts with what
/// is left of it, so that the phases add up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStart {
    /// The phases, in the order in which they come.
    pub phases: Vec<PhaseTime>,
    /// Until a query gets 202, in seconds, where the service answers so while it warms behind.
    #[serde(rename = "first_202_s")]
    pub first_202: Option<Range>,
    /// What is set up ahead, so that whoever finds it meets no such phases; none: nothing is.
    pub ahead: Option<Ahead>,
}

/// Sandboxes of a function that are set up ahead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ahead {
    /// How many; of more requests at once, the others meet a cold start.
    pub sandboxes: u32,
    /// Until a query that finds one is answered with 200, in seconds.
    #[serde(rename = "first_200_s")]
    pub first_200: Range,
}

impl ColdStart {
    /// Predicts the cold start of a stack of this shape.
    #[must_use]
    pub fn of(shape: &Shape, budget: &Budget, measured: Option<&Measured>) -> Self {
        let known = Known { measured };
        match shape {
            Shape::Tasks(tasks) => tasks::cold_start(tasks, budget, &known),
            Shape::Function(function) => function::cold_start(function, budget, &known),
        }
    }

    /// The parts of a cold start by themselves, as long as each takes: no part waits for another, and `warm` is one pool's.
    pub(crate) fn parts(
        shape: &Shape,
        budget: &Budget,
        measured: Option<&Measured>,
    ) -> Vec<PhaseTime> {
        let known = Known { measured };
        let mut parts = match shape {
            Shape::Tasks(tasks) => tasks::until_started(tasks, budget, &known),
            Shape::Function(it) => function::until_started(it, budget, &known),
        };
        parts.push(known.or(Phase::Bind, set(budget.bind.get()), Basis::Set, "budget.bind"));
        parts.push(known.or(Phase::Warm, set(budget.warm_up.get()), Basis::Set, "budget.warm_up"));
        parts
    }

    /// Until the service answers a query with 200.
    #[must_use]
    pub fn first_200(&self) -> Range {
        self.ahead.map_or_else(|| self.beyond(), |it| it.first_200)
    }

    /// The same where nothing is set up ahead, or not enough: all phases.
    #[must_use]
    pub fn beyond(&self) -> Range {
        sum(&self.phases)
    }

    /// How long a phase takes; nothing where it does not occur.
    #[must_use]
    pub fn time(&self, phase: Phase) -> Range {
        self.phases.iter().filter(|it| it.phase == phase).map(|it| it.seconds).sum()
    }
}

/// What was measured, over what is assumed.
struct Known<'a> {
    measured: Option<&'a Measured>,
}

impl Known<'_> {
    fn or(&self, phase: Phase, seconds: Range, basis: Basis, source: &str) -> PhaseTime {
        match self.measured.and_then(|it| Some((it, it.of(phase)?))) {
            Some((measured, seconds)) => PhaseTime {
                phase,
                seconds,
                basis: Basis::Measured,
                source: format!("{}, {}", measured.place, measured.time),
            },
            None => PhaseTime { phase, seconds, basis, source: source.to_owned() },
        }
    }
}

fn set(seconds: u32) -> Range {
    Range::exactly(f64::from(seconds))
}

fn sum(phases: &[PhaseTime]) -> Range {
    phases.iter().map(|it| it.seconds).sum()
}

/// All of the time for which pools are warmed.
fn warming(warming: Warming, budget: &Budget, known: &Known<'_>) -> PhaseTime {
    let warm = known.or(Phase::Warm, set(budget.warm_up.get()), Basis::Set, "budget.warm_up");
    match warming {
        Warming::AtStart | Warming::Behind => warm,
        Warming::OnFirstQuery => PhaseTime {
            seconds: warm.seconds.map(|it| 2.0 * it),
            source: format!("{}, one pool after the other", warm.source),
            ..warm
        },
    }
}

#[cfg(test)]
mod tests;
