//! A function of AWS Lambda.
//!
//! The order of things: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

use super::{Ahead, ColdStart, Known, set, warming};
use crate::{
    budget::{
        assumed::{CODE_RATE, INIT_LIMIT, SANDBOX, START_ON_CORE},
        phase::{Basis, Phase, PhaseTime},
        range::Range,
    },
    shape::Function,
    stack::{Budget, MB_OF_A_CORE},
};

/// Predicts the cold start of a function. Nobody looks for it, and no caller is sent away.
pub(super) fn cold_start(function: &Function, budget: &Budget, known: &Known<'_>) -> ColdStart {
    let mut phases = until_started(function, budget, known);
    let started = phases.last().map_or(Range::ZERO, |it| it.seconds);
    let bind = bound(started, budget, known);
    let warm = warming(function.warming, budget, known);
    // The service warms its pools whenever there is time for it ahead.
    let ahead = function.ahead.map(|sandboxes| Ahead { sandboxes, first_200: Range::ZERO });
    phases.extend([bind, warm]);
    ColdStart { phases, first_202: None, ahead }
}

pub(super) fn until_started(
    function: &Function,
    budget: &Budget,
    known: &Known<'_>,
) -> Vec<PhaseTime> {
    let place = known.or(Phase::Place, SANDBOX, Basis::Assumed, "a sandbox");
    vec![place, pulled(budget, known), started(function, known)]
}

fn pulled(budget: &Budget, known: &Known<'_>) -> PhaseTime {
    let size = budget.image_size.get();
    let Range { best, typical, worst } = CODE_RATE;
    let rates = format!("{size} MB of code at {best}, {typical}, {worst} MB/s");
    let seconds = CODE_RATE.map(|rate| f64::from(size) / rate);
    known.or(Phase::Pull, seconds, Basis::Assumed, &rates)
}

/// The program comes up on its share of a core: a start is all work.
fn started(function: &Function, known: &Known<'_>) -> PhaseTime {
    let share = (f64::from(function.memory) / f64::from(MB_OF_A_CORE)).min(1.0);
    let source = format!("the program on {:.0} % of a core", share * 100.0);
    known.or(Phase::Start, START_ON_CORE.map(|it| it / share), Basis::Known, &source)
}

/// A start that takes too long is broken off, and done once more while the request waits.
fn bound(start: Range, budget: &Budget, known: &Known<'_>) -> PhaseTime {
    let bind = known.or(Phase::Bind, set(budget.bind.get()), Basis::Set, "budget.bind");
    let limit = INIT_LIMIT.as_secs_f64();
    let lost = (start + bind.seconds).map(|it| if it > limit { limit } else { 0.0 });
    if lost == Range::ZERO {
        return bind;
    }
    let source = format!("{}, begun again after {limit} s", bind.source);
    PhaseTime { seconds: bind.seconds + lost, source, ..bind }
}
