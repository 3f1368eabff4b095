//! How long things take, by chance.

use std::time::Duration;

use crate::{
    budget::{ColdStart, Measured, Measurement, Phase, Range},
    outlook::Facts,
    shape::Shape,
};

/// How long something takes: one of the times that were measured, or one between best and worst.
#[derive(Clone, Debug, PartialEq)]
pub enum Chance {
    /// One of these, each as likely.
    Samples(Vec<f64>),
    /// Half of all between best and typical, half between typical and worst.
    Range(Range),
}

impl Chance {
    /// Always the same.
    #[must_use]
    pub const fn exactly(seconds: f64) -> Self {
        Self::Range(Range::exactly(seconds))
    }

    pub(super) fn draw(&self, chance: &mut fastrand::Rng) -> Duration {
        let seconds = match self {
            Self::Samples(samples) => chance.choice(samples).copied().unwrap_or_default(),
            Self::Range(Range { best, typical, worst }) => match 2.0 * chance.f64() {
                share @ ..1.0 => best + share * (typical - best),
                share => typical + (share - 1.0) * (worst - typical),
            },
        };
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

/// How long the parts of a cold start take, and an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// From a request that finds no task until one is asked for, where a function does that.
    pub wake: Chance,
    /// Until a task has its place.
    pub place: Chance,
    /// Until its image is there.
    pub pull: Chance,
    /// Until its process runs.
    pub start: Chance,
    /// Until it listens.
    pub bind: Chance,
    /// Until one pool is warm.
    pub warm: Chance,
    /// A warm answer.
    pub answer: Chance,
    /// Processor time of an answer, in seconds of one core.
    pub cpu: f64,
}

/// Processor time of an answer, in seconds: what `docs/measurements.md` has for 64 clients and a thousand documents.
const CPU: f64 = 0.0004;

impl Times {
    /// Those that hold for a stack of this shape: measured where they were, else as predictions have them.
    #[must_use]
    pub fn of(shape: &Shape, facts: &Facts) -> Self {
        let measured = facts.measured.as_ref();
        let parts = ColdStart::parts(shape, &facts.budget, measured);
        let of = |phase| samples(measured, phase).unwrap_or_else(|| range(&parts, phase));
        let answer = measured.and_then(|it| it.answer.as_ref());
        let set = f64::from(facts.budget.answer_time.get());
        Self {
            wake: of(Phase::Wake),
            place: of(Phase::Place),
            pull: of(Phase::Pull),
            start: of(Phase::Start),
            bind: of(Phase::Bind),
            warm: of(Phase::Warm),
            answer: answer.map_or(Chance::exactly(set), Chance::from),
            cpu: CPU,
        }
    }
}

impl From<&Measurement> for Chance {
    fn from(measured: &Measurement) -> Self {
        match measured {
            Measurement::Samples(samples) => Self::Samples(samples.clone()),
            Measurement::Range(range) => Self::Range(*range),
        }
    }
}

fn samples(measured: Option<&Measured>, phase: Phase) -> Option<Chance> {
    measured?.phases.get(&phase).map(Chance::from)
}

fn range(parts: &[crate::budget::PhaseTime], phase: Phase) -> Chance {
    let seconds = parts.iter().filter(|it| it.phase == phase).map(|it| it.seconds).sum();
    Chance::Range(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_its_typical_in_the_middle() {
        let mut chance = fastrand::Rng::with_seed(3);
        let times = Chance::Range(Range::new(1.0, 2.0, 10.0));
        let mut drawn: Vec<_> =
            (0..10_001).map(|_| times.draw(&mut chance).as_secs_f64()).collect();
        drawn.sort_by(f64::total_cmp);
        assert!(drawn[0] >= 1.0 && drawn[10_000] <= 10.0);
        assert!((drawn[5000] - 2.0).abs() < 0.1, "{}", drawn[5000]);
    }

    #[test]
    fn samples_are_drawn_as_they_are() {
        let mut chance = fastrand::Rng::with_seed(3);
        let times = Chance::Samples(vec![4.0, 7.0]);
        let drawn: Vec<_> = (0..100).map(|_| times.draw(&mut chance).as_secs_f64()).collect();
        assert!(drawn.contains(&4.0) && drawn.contains(&7.0));
        assert!(drawn.iter().all(|it| [4.0, 7.0].contains(it)));
        assert_eq!(Chance::Samples(Vec::new()).draw(&mut chance), Duration::ZERO);
    }
}
