//! Cold starts against their limits, and against those of before: what a CI job passes or fails by.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    figure::{Figure, Percentile},
    limit::Limit,
    noise::{Change, Verdict},
    run::ColdStarts,
};
use crate::{rounded, tune::Spread};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// The stack.
    pub stack: String,
    /// How many runs there were.
    pub runs: usize,
    /// How many before; none without a baseline.
    pub runs_before: Option<usize>,
    /// A row for each limit, and for the median of each figure that was measured both times.
    pub rows: Vec<Row>,
    /// In what the baseline was measured otherwise, so that a change may come of that.
    pub differs: Vec<Difference>,
}

/// One percentile of one figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The figure.
    pub figure: Figure,
    /// Which of its percentiles.
    pub percentile: Percentile,
    /// The most that it may be, in seconds.
    #[serde(rename = "limit_s", serialize_with = "rounded::optional")]
    pub limit: Option<f64>,
    /// What it is, in seconds.
    #[serde(rename = "now_s", serialize_with = "rounded::number")]
    pub now: f64,
    /// What it was, in seconds.
    #[serde(rename = "before_s", serialize_with = "rounded::optional")]
    pub before: Option<f64>,
    /// What became of the figure: in the row of its median.
    pub change: Option<Change>,
    /// Whether [`Gate::is_slower`] looks at its change: that of the total, and of what has a limit.
    pub counts: bool,
}

impl Row {
    /// Whether it keeps its limit; none where it has none.
    #[must_use]
    pub fn is_kept(&self) -> Option<bool> {
        self.limit.map(|limit| self.now <= limit)
    }
}

/// Something that both records tell, and tell differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is.
    pub what: &'static str,
    /// As it is.
    pub now: String,
    /// As it was.
    pub before: String,
}

/// A limit is of a phase that no run tells: it can neither be kept nor broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no run tells `{0}`, so that its budget cannot be checked")]
pub struct NotMeasured(pub Figure);

impl Gate {
    /// Holds cold starts to their limits, and compares them with those before.
    ///
    /// # Errors
    ///
    /// [`NotMeasured`] when a limit is of what no run tells.
    pub fn of(
        now: &ColdStarts,
        before: Option<&ColdStarts>,
        limits: &[Limit],
    ) -> Result<Self, NotMeasured> {
        let mut rows = Vec::new();
        for (figure, percentile, limit) in wanted(limits, before.is_some()) {
            let (times, earlier) =
                (figure.of(now), before.map(|it| figure.of(it)).unwrap_or_default());
            let at = |times: &[f64]| Spread::of(times.iter().copied()).map(|it| percentile.of(it));
            match (at(&times), at(&earlier), limit) {
                (None, _, Some(_)) => return Err(NotMeasured(figure)),
                (None, _, None) | (Some(_), None, None) => {}
                (Some(now), before, limit) => rows.push(Row {
                    figure,
                    percentile,
                    limit,
                    now,
                    before,
                    change: match percentile {
                        Percentile::P50 => Change::of(&times, &earlier),
                        Percentile::P95 | Percentile::P99 => None,
                    },
                    counts: figure == Figure::Total || limits.iter().any(|it| it.figure == figure),
                }),
            }
        }
        Ok(Self {
            stack: now.stack.clone(),
            runs: now.runs.len(),
            runs_before: before.map(|it| it.runs.len()),
            rows,
            differs: before.map(|it| differences(now, it)).unwrap_or_default(),
        })
    }

    /// Whether a limit is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.rows.iter().any(|it| it.is_kept() == Some(false))
    }

    /// Whether the total, or a figure that has a limit, takes longer than before by more than noise.
    ///
    /// The others are shown only: of ten figures that did not change, one or another looks changed too often.
    #[must_use]
    pub fn is_slower(&self) -> bool {
        let slower = |it: &Row| it.change.is_some_and(|it| it.verdict == Verdict::Slower);
        self.rows.iter().any(|it| it.counts && slower(it))
    }

    /// Whether there are too few runs to tell a change from noise.
    #[must_use]
    pub fn are_too_few(&self) -> bool {
        let too_few = |it: &Row| it.change.is_some_and(|it| it.verdict == Verdict::TooFew);
        self.rows.iter().any(|it| it.counts && too_few(it))
    }
}

/// What a row is made of: each limit, and with a baseline the median of each figure, limited or not.
fn wanted(limits: &[Limit], compared: bool) -> Vec<(Figure, Percentile, Option<f64>)> {
    let mut wanted: Vec<_> =
        limits.iter().map(|it| (it.figure, it.percentile, Some(it.seconds))).collect();
    if compared {
        let is_there = |it: &Figure| {
            limits.iter().any(|of| (of.figure, of.percentile) == (*it, Percentile::P50))
        };
        let medians = Figure::all().filter(|it| !is_there(it));
        wanted.extend(medians.map(|it| (it, Percentile::P50, None)));
    }
    wanted.sort_by_key(|(figure, percentile, _)| (*figure, *percentile));
    wanted
}

fn differences(now: &ColdStarts, before: &ColdStarts) -> Vec<Difference> {
    let strategies = |it: &ColdStarts| {
        let names: BTreeSet<&str> = it.strategies.iter().map(String::as_str).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        if names.is_empty() { "none".to_owned() } else { names }
    };
    let told: [(_, String, String); 4] = [
        ("stack", now.stack.clone(), before.stack.clone()),
        ("place", now.place.clone(), before.place.clone()),
        ("strategies", strategies(now), strategies(before)),
        ("time scale", now.time_scale.to_string(), before.time_scale.to_string()),
    ];
    let told = told.into_iter().filter(|(_, now, before)| now != before);
    told.map(|(what, now, before)| Difference { what, now, before }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bench::ColdRun, budget::Phase};

    fn record(totals: &[f64]) -> ColdStarts {
        let run = |total: &f64| ColdRun {
            phases: [(Phase::Bind, total / 4.0)].into(),
            ready_s: total / 2.0,
            first_query_s: total / 2.0,
            second_query_s: 0.4,
            warm_s: Vec::new(),
        };
        ColdStarts {
            format: ColdStarts::FORMAT,
            stack: "handbook".to_owned(),
            place: "here".to_owned(),
            time: "2026-11-27".to_owned(),
            strategies: Vec::new(),
            time_scale: 1.0,
            runs: totals.iter().map(run).collect(),
        }
    }

    fn gate(now: &[f64], before: Option<&[f64]>, limits: &[&str]) -> Gate {
        let limits: Vec<Limit> = limits.iter().map(|it| it.parse().unwrap()).collect();
        Gate::of(&record(now), before.map(record).as_ref(), &limits).unwrap()
    }

    const BEFORE: [f64; 6] = [6.0, 6.1, 6.2, 6.3, 6.4, 6.5];

    #[test]
    fn a_limit_is_kept_up_to_itself() {
        let kept = gate(&[7.0, 8.0], None, &["p95=8s", "p50=7.5s"]);
        assert!(!kept.is_broken() && kept.rows.len() == 2);
        assert!(gate(&[7.0, 8.0], None, &["p95=7.9s"]).is_broken());
        // Of two that are of the same, the stricter one counts, too.
        assert!(gate(&[7.0, 8.0], None, &["p95=9s", "p95=7.9s"]).is_broken());
    }

    #[test]
    fn what_was_measured_both_times_is_compared() {
        let slower = gate(&BEFORE.map(|it| it * 1.5), Some(&BEFORE), &["p95=20s"]);
        let names: Vec<_> = slower.rows.iter().map(|it| (it.figure.as_str(), it.limit)).collect();
        assert_eq!(
            names,
            [
                ("total", None),
                ("total", Some(20.0)),
                ("ready", None),
                ("first-query", None),
                ("second-query", None),
                ("bind", None)
            ]
        );
        assert!(slower.is_slower() && !slower.is_broken());
        assert!(!gate(&BEFORE, Some(&BEFORE), &[]).is_slower());
        assert!(gate(&[9.0, 9.1], Some(&BEFORE), &[]).are_too_few());
    }

    #[test]
    fn a_figure_counts_when_it_has_a_limit() {
        let mut now = record(&BEFORE);
        for run in &mut now.runs {
            run.second_query_s *= run.ready_s;
        }
        let against = |limits: &[Limit]| Gate::of(&now, Some(&record(&BEFORE)), limits).unwrap();
        assert!(!against(&[]).is_slower());
        assert!(against(&["second-query.p95=60s".parse().unwrap()]).is_slower());
    }

    #[test]
    fn a_limit_of_what_no_run_tells_is_no_limit_that_is_kept() {
        let refused = Gate::of(&record(&BEFORE), None, &["warm.p95=1s".parse().unwrap()]);
        assert_eq!(refused, Err(NotMeasured(Figure::Phase(Phase::Warm))));
    }

    #[test]
    fn a_baseline_of_elsewhere_is_told() {
        let before = ColdStarts {
            place: "there".to_owned(),
            strategies: vec!["prewarm".to_owned()],
            time_scale: 10.0,
            ..record(&BEFORE)
        };
        let gate = Gate::of(&record(&BEFORE), Some(&before), &[]).unwrap();
        let told: Vec<_> = gate.differs.iter().map(|it| (it.what, it.before.as_str())).collect();
        assert_eq!(told, [("place", "there"), ("strategies", "prewarm"), ("time scale", "10")]);
    }
}
