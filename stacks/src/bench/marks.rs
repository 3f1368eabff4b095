//! From moments of a start to how long its phases took.

use std::collections::BTreeMap;

use crate::budget::Phase;

/// Moments of a cold start, in seconds since it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// What comes before the process; none on this machine, where nothing does.
    pub before: Option<Before>,
    /// The process runs.
    pub runs: f64,
    /// It listens.
    pub listens: f64,
    /// Both pools are warm; none where nobody tells.
    pub warm: Option<f64>,
    /// The balancer had found it healthy, and `/health` was answered through it with 200.
    pub ready: f64,
    /// The question was asked that was answered; none where it was the first one, at `ready`.
    pub asked_again: Option<f64>,
}

/// Moments before a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Before {
    /// A task was made for the request that found none; none where no request asked for it.
    pub made: Option<f64>,
    /// Its image begins to be pulled.
    pub pulls: f64,
    /// It is pulled.
    pub pulled: f64,
}

impl Marks {
    /// How long each phase took, as [`crate::budget`] understands them: they lie one after another, and add up to `ready`,
    /// or to the time at which the pools were warm where that is later, or to that of the question that was answered.
    #[must_use]
    pub fn phases(&self) -> BTreeMap<Phase, f64> {
        let Self { before, runs, listens, warm, ready, asked_again } = *self;
        let mut phases = BTreeMap::from([(Phase::Bind, listens - runs)]);
        match before {
            Some(Before { made, pulls, pulled }) => {
                phases.extend(made.map(|made| (Phase::Wake, made)));
                phases.extend([
                    (Phase::Place, pulls - made.unwrap_or_default()),
                    (Phase::Pull, pulled - pulls),
                    (Phase::Start, runs - pulled),
                ]);
            }
            None => phases.extend([(Phase::Start, runs)]),
        }
        match warm {
            // The balancer waited for it.
            Some(warm) if warm <= ready => {
                let warm = warm.max(listens);
                phases.extend([(Phase::Warm, warm - listens), (Phase::Register, ready - warm)]);
            }
            // What is left of it, or all of it where the first question began it.
            Some(warm) => {
                phases.extend([(Phase::Register, ready - listens), (Phase::Warm, warm - ready)]);
            }
            None => phases.extend([(Phase::Register, ready - listens)]),
        }
        if let Some(again) = asked_again {
            let could = warm.map_or(ready, |warm| warm.max(ready));
            phases.extend([(Phase::Retry, again - could)]);
        }
        // Two clocks never agree to the last digit.
        phases.values_mut().for_each(|it| *it = it.max(0.0));
        phases
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks = Marks {
        before: None,
        runs: 0.1,
        listens: 10.1,
        warm: Some(14.0),
        ready: 14.5,
        asked_again: None,
    };

    fn told(marks: &Marks) -> Vec<(Phase, f64)> {
        let tenths = |it: f64| (it * 10.0).round() / 10.0;
        marks.phases().into_iter().map(|(phase, it)| (phase, tenths(it))).collect()
    }

    fn sum(marks: &Marks) -> f64 {
        marks.phases().values().sum()
    }

    #[test]
    fn phases_of_a_service_that_warms_first_add_up_to_ready() {
        let wanted =
            [(Phase::Start, 0.1), (Phase::Bind, 10.0), (Phase::Warm, 3.9), (Phase::Register, 0.5)];
        assert_eq!(told(&MARKS), wanted);
        assert!((sum(&MARKS) - MARKS.ready).abs() < 1e-9);
    }

    #[test]
    fn what_comes_before_the_process_belongs_to_it() {
        let before = Some(Before { made: Some(1.0), pulls: 4.0, pulled: 6.0 });
        let marks = Marks {
            before,
            runs: 7.0,
            listens: 7.1,
            warm: Some(8.0),
            ready: 9.0,
            asked_again: None,
        };
        let wanted =
            [(Phase::Wake, 1.0), (Phase::Place, 3.0), (Phase::Pull, 2.0), (Phase::Start, 1.0)];
        assert_eq!(told(&marks)[..4], wanted);
        assert!((sum(&marks) - 9.0).abs() < 1e-9);
    }

    #[test]
    fn the_first_question_pays_for_what_is_not_warm_by_then() {
        let lazy = Marks { warm: Some(71.0), ready: 11.0, ..MARKS };
        assert_eq!(told(&lazy)[2..], [(Phase::Warm, 60.0), (Phase::Register, 0.9)]);
        let silent = Marks { warm: None, ..lazy };
        assert_eq!(told(&silent)[2..], [(Phase::Register, 0.9)]);
    }

    #[test]
    fn who_was_told_to_come_again_comes_after_it_is_warm() {
        let behind = Marks { ready: 11.0, asked_again: Some(21.0), ..MARKS };
        let wanted = [(Phase::Warm, 3.0), (Phase::Register, 0.9), (Phase::Retry, 7.0)];
        assert_eq!(told(&behind)[2..], wanted);
    }

    #[test]
    fn a_clock_that_is_off_makes_no_negative_time() {
        let off = Marks { runs: 0.2, listens: 0.1, warm: Some(0.05), ready: 0.3, ..MARKS };
        assert!(off.phases().values().all(|it| *it >= 0.0), "{:?}", off.phases());
    }
}
