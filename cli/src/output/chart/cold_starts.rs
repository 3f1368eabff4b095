//! Cold starts that were forced, as bars: what text and pages show alike.

use ragctl_chart::{Bar, Phase, Segment};
use ragctl_stacks::bench::Summary;

use super::phase;
use crate::commands::bench::{
    ablation::Ablation,
    cold_start::{Forced, Table},
};

impl Forced {
    /// The one bar of a stack.
    pub(crate) fn bars(&self) -> Vec<Bar> {
        vec![bar(&self.record.stack, &self.summary)]
    }
}

impl Table {
    /// The service before and ours, and between them what is told of it elsewhere.
    pub(crate) fn bars(&self) -> Vec<Bar> {
        let told = self.told.map(|told| {
            let [ready, first, ..] = told.after;
            let segments = [(Phase::Start, ready), (Phase::Question, first)];
            Bar {
                name: "seed after, as told".to_owned(),
                segments: segments.map(|(phase, seconds)| Segment { phase, seconds }).to_vec(),
            }
        });
        let (before, ours) = (bar("before", &self.before.summary), bar("ours", &self.ours.summary));
        std::iter::once(before).chain(told).chain([ours]).collect()
    }
}

impl Ablation {
    /// Each combination that was measured.
    pub(crate) fn bars(&self) -> Vec<Bar> {
        let name = |on: &str| if on.is_empty() { "none".to_owned() } else { on.to_owned() };
        self.measured.iter().map(|(on, forced)| bar(&name(on), &forced.summary)).collect()
    }
}

/// A bar of the medians of the phases, and of what the first question takes after them.
fn bar(name: &str, of: &Summary) -> Bar {
    let mut segments: Vec<Segment> =
        of.phases.iter().map(|(at, it)| Segment { phase: phase(*at), seconds: it.p50 }).collect();
    let told: f64 = segments.iter().map(|it| it.seconds).sum();
    // What no phase tells of: on the way to `/health`, or in the first question.
    let rest = (of.total.p50 - told).max(0.0);
    segments.push(Segment { phase: Phase::Question, seconds: rest });
    Bar { name: name.to_owned(), segments }
}
