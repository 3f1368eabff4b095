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
    register::register,
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
}

impl ColdStart {
    /// Predicts the cold start of a stack of this shape.
    #[must_use]
    pub fn of(shape: &Shape, budget: &Budget, measured: Option<&Measured>) -> Self {
        let known = Known { measured };
        let mut phases = until_started(shape, budget, &known);
        let bind = known.or(Phase::Bind, set(budget.bind.get()), Basis::Set, "budget.bind");
        let passes = match shape.waits_for_warm() {
            true => bind.seconds + warming(shape, budget, &known).seconds,
            false => bind.seconds,
        };
        phases.push(bind);
        let found = known.or(
            Phase::Register,
            register(shape, passes),
            Basis::Assumed,
            &format!("checks every {} s", shape.check.interval.as_secs()),
        );
        phases.extend(warm_and_found(shape, warming(shape, budget, &known), found));
        let asked_again = retry(shape, phases.iter().map(|it| it.seconds).sum());
        phases.extend(
            asked_again
                .map(|(seconds, source)| known.or(Phase::Retry, seconds, Basis::Set, source)),
        );
        Self { phases }
    }

    /// Until the service answers a query with 200.
    #[must_use]
    pub fn first_200(&self) -> Range {
        self.phases.iter().map(|it| it.seconds).sum()
    }

    /// Until the service answers a query at all: with 202 where it does so while it warms behind.
    #[must_use]
    pub fn first_answer(&self) -> Range {
        let before_found = self.phases.iter().position(|it| it.phase == Phase::Register);
        let last = before_found.unwrap_or(self.phases.len());
        let is_behind = |at: usize, it: &PhaseTime| it.phase == Phase::Warm && at > last;
        let counted = self.phases.iter().enumerate();
        counted
            .filter(|(at, it)| it.phase != Phase::Retry && !is_behind(*at, it))
            .map(|(_, it)| it.seconds)
            .sum()
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

/// All of the time for which pools are warmed.
fn warming(shape: &Shape, budget: &Budget, known: &Known<'_>) -> PhaseTime {
    let warm = known.or(Phase::Warm, set(budget.warm_up.get()), Basis::Set, "budget.warm_up");
    match shape.warming {
        Warming::AtStart | Warming::Behind => warm,
        Warming::OnFirstQuery => PhaseTime {
            seconds: warm.seconds.map(|it| 2.0 * it),
            source: format!("{}, twice: one pool after the other", warm.source),
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

/// How long a caller stays away who was told to come again, when the service answers `from` then on.
fn retry(shape: &Shape, from: Range) -> Option<(Range, &'static str)> {
    let away = |seconds: f64| Range::new(0.0, seconds / 2.0, seconds);
    if shape.warming == Warming::Behind && !shape.waits_for_warm() {
        return Some((away(RETRY_WHILE_WARMING), "Retry-After of the service's 202"));
    }
    match shape.idle.map(|it| it.wake) {
        Some(Wake::Function) => Some((away(RETRY_WHILE_WAKING), "Retry-After of the wake's 503")),
        Some(Wake::Balancer(held)) => {
            let is_over = |from: f64, away: f64| if from > held.as_secs_f64() { away } else { 0.0 };
            let asked = from.zip(away(RETRY_WHILE_WARMING), is_over);
            (asked != Range::ZERO).then_some((asked, "held too long: Retry-After of the 503"))
        }
        None if shape.edge => Some((away(RETRY_WHILE_WAKING), "Retry-After of the edge's 503")),
        None => None,
    }
}

#[cfg(test)]
mod tests;
