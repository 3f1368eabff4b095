//! What many cold starts have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::run::ColdRun;
use crate::{budget::Phase, tune::Spread};

/// Percentiles of cold starts. Seconds, but for the speed-up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many there were.
    pub runs: usize,
    /// Of each phase that any of them told.
    #[serde(rename = "phases_s")]
    pub phases: BTreeMap<Phase, Spread>,
    /// From nothing until `/health` answered 200.
    #[serde(rename = "ready_s")]
    pub ready: Spread,
    /// From there to the first answer.
    #[serde(rename = "first_query_s")]
    pub first_query: Spread,
    /// From nothing to the first answer.
    #[serde(rename = "total_s")]
    pub total: Spread,
    /// How long the second question took.
    #[serde(rename = "second_query_s")]
    pub second_query: Spread,
    /// How long the questions after it took; none where none were asked.
    #[serde(rename = "warm_s")]
    pub warm: Option<Spread>,
    /// How many times as long the first question took as the second.
    pub speed_up: Spread,
}

impl Summary {
    /// Of these runs; none where there are none.
    #[must_use]
    pub fn of(runs: &[ColdRun]) -> Option<Self> {
        let spread = |what: fn(&ColdRun) -> f64| Spread::of(runs.iter().map(what));
        let told: BTreeSet<Phase> = runs.iter().flat_map(|it| it.phases.keys().copied()).collect();
        let phase = |at: Phase| {
            let times = runs.iter().filter_map(|it| it.phases.get(&at).copied());
            Some((at, Spread::of(times)?))
        };
        Some(Self {
            runs: runs.len(),
            phases: told.into_iter().filter_map(phase).collect(),
            ready: spread(|it| it.ready_s)?,
            first_query: spread(|it| it.first_query_s)?,
            total: spread(ColdRun::total)?,
            second_query: spread(|it| it.second_query_s)?,
            warm: Spread::of(runs.iter().flat_map(|it| it.warm_s.iter().copied())),
            speed_up: spread(ColdRun::speed_up)?,
        })
    }
}
