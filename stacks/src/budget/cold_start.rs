//! From nothing to the first answer, by phase.

use serde::Serialize;

use super::{
    assumed::{
        PROVISION, PULL_RATE, RETRY_WHILE_WAKING, RETRY_WHILE_WARMING, SCHEDULE, START,
        START_ON_MACHINE, WAKE,
    },
    measured::Measured,
    phase::{Basis, Phase, PhaseTime},
    range::Range,
    register::{FIRST_PROBES, register},
};
use crate::{
    shape::{On, Shape, Wake, Warming},
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
}

impl ColdStart {
    /// Predicts the cold start of a stack of this shape.
    #[must_use]
    pub fn of(shape: &Shape, budget: &Budget, measured: Option<&Measured>) -> Self {
        let known = Known { measured };
        let warm = warming(shape, budget, &known);
        let bind = known.or(Phase::Bind, set(budget.bind.get()), Basis::Set, "budget.bind");
        let passes = match shape.waits_for_warm() {
            true => bind.seconds + warm.seconds,
            false => bind.seconds,
        };
        let found = registered(shape, passes, &known);
        let mut phases = until_started(shape, budget, &known);
        let before_found = sum(&phases) + bind.seconds;
        phases.push(bind);
        let answers_202 = shape.warming == Warming::Behind
            && !shape.waits_for_warm()
            && warm.seconds.worst > found.seconds.best;
        let first_202 = answers_202.then_some(before_found + found.seconds);
        phases.extend(warm_and_found(shape, warm, found));
        let asked_again = match first_202 {
            Some(first_202) => Some(while_warming(sum(&phases), first_202)),
            None => while_waking(shape, sum(&phases)),
        };
        phases.extend(
            asked_again
                .map(|(seconds, source)| known.or(Phase::Retry, seconds, Basis::Set, source)),
        );
        Self { phases, first_202 }
    }

    /// Until the service answers a query with 200.
    #[must_use]
    pub fn first_200(&self) -> Range {
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

fn until_started(shape: &Shape, budget: &Budget, known: &Known<'_>) -> Vec<PhaseTime> {
    if shape.on == On::Machine {
        let source = "a process on this machine";
        return vec![known.or(Phase::Start, START_ON_MACHINE, Basis::Known, source)];
    }
    let size = budget.image_size.get();
    let pull = PULL_RATE.map(|rate| f64::from(size) / rate);
    let wakes = shape.idle.is_some_and(|it| it.wake == Wake::Function);
    let wake = wakes.then(|| known.or(Phase::Wake, WAKE, Basis::Assumed, "a wake function"));
    let rates =
        format!("{size} MB at {}, {}, {} MB/s", PULL_RATE.best, PULL_RATE.typical, PULL_RATE.worst);
    let started = [
        known.or(
            Phase::Place,
            SCHEDULE + PROVISION,
            Basis::Assumed,
            "scheduler, network interface",
        ),
        known.or(Phase::Pull, pull, Basis::Known, &rates),
        known.or(Phase::Start, START, Basis::Known, "the container"),
    ];
    wake.into_iter().chain(started).collect()
}

/// How long the balancer takes to find the task whose checked path answers well after `passes`.
fn registered(shape: &Shape, passes: Range, known: &Known<'_>) -> PhaseTime {
    let (basis, every) = match shape.on {
        On::Machine => (Basis::Set, FIRST_PROBES.min(shape.check.interval)),
        On::Fargate(_) => (Basis::Assumed, shape.check.interval),
    };
    let source = format!("checks every {} s", every.as_secs_f64());
    known.or(Phase::Register, register(shape, passes), basis, &source)
}

fn sum(phases: &[PhaseTime]) -> Range {
    phases.iter().map(|it| it.seconds).sum()
}

/// All of the time for which pools are warmed.
fn warming(shape: &Shape, budget: &Budget, known: &Known<'_>) -> PhaseTime {
    let warm = known.or(Phase::Warm, set(budget.warm_up.get()), Basis::Set, "budget.warm_up");
    match shape.warming {
        Warming::AtStart | Warming::Behind => warm,
        Warming::OnFirstQuery => PhaseTime {
            seconds: warm.seconds.map(|it| 2.0 * it),
            source: format!("{}, one pool after the other", warm.source),
            ..warm
        },
    }
}

/// Warming and being found, in the order in which they end.
fn warm_and_found(shape: &Shape, warm: PhaseTime, found: PhaseTime) -> [PhaseTime; 2] {
    if shape.waits_for_warm() {
        return [warm, found];
    }
    match shape.warming {
        // The first query pays for it, once it is let through.
        Warming::OnFirstQuery => [found, warm],
        Warming::AtStart | Warming::Behind => {
            let left = warm.seconds.zip(found.seconds, |warm, found| (warm - found).max(0.0));
            let source = format!("what is left of {}", warm.source);
            [found, PhaseTime { seconds: left, source, ..warm }]
        }
    }
}

/// How long a caller stays away who was told to come again after `seconds`: between not at all and all of it.
fn away(seconds: f64) -> Range {
    Range::new(0.0, seconds / 2.0, seconds)
}

/// The same for a caller who gets 202, where warming is not over by then.
fn while_warming(all_warm: Range, first_202: Range) -> (Range, &'static str) {
    let is_told = all_warm.zip(first_202, |warm, told| f64::from(u8::from(warm > told)));
    let seconds = is_told.zip(away(RETRY_WHILE_WARMING), |is_told, away| is_told * away);
    (seconds, "Retry-After of the service's 202")
}

/// The same for a caller who finds no task, when the service answers `from` then on.
fn while_waking(shape: &Shape, from: Range) -> Option<(Range, &'static str)> {
    if let Some(edge) = shape.edge {
        // It answers for a cold back end before anybody else can.
        return Some((away(edge.as_secs_f64()), "Retry-After of the edge's 503"));
    }
    match shape.idle.map(|it| it.wake) {
        Some(Wake::Function) => Some((away(RETRY_WHILE_WAKING), "Retry-After of the wake's 503")),
        Some(Wake::Balancer(held)) => {
            let is_over = |from: f64, away: f64| if from > held.as_secs_f64() { away } else { 0.0 };
            let asked = from.zip(away(RETRY_WHILE_WARMING), is_over);
            (asked != Range::ZERO).then_some((asked, "held too long: Retry-After of the 503"))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests;
