//! Tasks behind a load balancer.

use super::{ColdStart, Known, set, sum, warming};
use crate::{
    budget::{
        assumed::{
            PROVISION, PULL_RATE, RETRY_WHILE_WAKING, RETRY_WHILE_WARMING, SCHEDULE, START,
            START_ON_MACHINE, WAKE,
        },
        phase::{Basis, Phase, PhaseTime},
        range::Range,
        register::{FIRST_PROBES, register},
    },
    shape::{On, Tasks, Wake, Warming},
    stack::Budget,
};

/// Predicts the cold start of such tasks.
pub(super) fn cold_start(tasks: &Tasks, budget: &Budget, known: &Known<'_>) -> ColdStart {
    let warm = warming(tasks.warming, budget, known);
    let bind = known.or(Phase::Bind, set(budget.bind.get()), Basis::Set, "budget.bind");
    let passes = match tasks.waits_for_warm() {
        true => bind.seconds + warm.seconds,
        false => bind.seconds,
    };
    let found = registered(tasks, passes, known);
    let mut phases = until_started(tasks, budget, known);
    let before_found = sum(&phases) + bind.seconds;
    phases.push(bind);
    let answers_202 = tasks.warming == Warming::Behind
        && !tasks.waits_for_warm()
        && warm.seconds.worst > found.seconds.best;
    let first_202 = answers_202.then_some(before_found + found.seconds);
    phases.extend(warm_and_found(tasks, warm, found));
    let asked_again = match first_202 {
        Some(first_202) => Some(while_warming(sum(&phases), first_202)),
        None => while_waking(tasks, sum(&phases)),
    };
    phases.extend(
        asked_again.map(|(seconds, source)| known.or(Phase::Retry, seconds, Basis::Set, source)),
    );
    ColdStart { phases, first_202, ahead: None }
}

pub(super) fn until_started(tasks: &Tasks, budget: &Budget, known: &Known<'_>) -> Vec<PhaseTime> {
    if tasks.on == On::Machine {
        let source = "a process on this machine";
        return vec![known.or(Phase::Start, START_ON_MACHINE, Basis::Known, source)];
    }
    let size = budget.image_size.get();
    let pull = PULL_RATE.map(|rate| f64::from(size) / rate);
    let wakes = tasks.idle.is_some_and(|it| it.wake == Wake::Function);
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
fn registered(tasks: &Tasks, passes: Range, known: &Known<'_>) -> PhaseTime {
    let (basis, every) = match tasks.on {
        On::Machine => (Basis::Set, FIRST_PROBES.min(tasks.check.interval)),
        On::Fargate(_) => (Basis::Assumed, tasks.check.interval),
    };
    let source = format!("checks every {} s", every.as_secs_f64());
    known.or(Phase::Register, register(tasks, passes), basis, &source)
}

/// Warming and being found, in the order in which they end.
fn warm_and_found(tasks: &Tasks, warm: PhaseTime, found: PhaseTime) -> [PhaseTime; 2] {
    if tasks.waits_for_warm() {
        return [warm, found];
    }
    match tasks.warming {
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
fn while_waking(tasks: &Tasks, from: Range) -> Option<(Range, &'static str)> {
    if let Some(edge) = tasks.edge {
        // It answers for a cold back end before anybody else can.
        return Some((away(edge.as_secs_f64()), "Retry-After of the edge's 503"));
    }
    let idle = tasks.idle?;
    match idle.wake {
        Wake::Function => Some((away(RETRY_WHILE_WAKING), "Retry-After of the wake's 503")),
        Wake::Balancer => {
            let held = idle.held().as_secs_f64();
            let is_over = |from: f64, away: f64| if from > held { away } else { 0.0 };
            let asked = from.zip(away(RETRY_WHILE_WARMING), is_over);
            (asked != Range::ZERO).then_some((asked, "held too long: Retry-After of the 503"))
        }
    }
}
