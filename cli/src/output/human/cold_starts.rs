//! Cold starts that were forced, as text: the lines of the seed's test, and the phases.

use ragctl_stacks::{bench::Summary, tune::Spread};

use super::{Human, Page, stacked::bars, table::table, text::count};
use crate::{
    commands::bench::cold_start::Forced,
    output::style::{BOLD, styled},
};

/// The lines of the seed's test, in its order.
pub(crate) const LINES: [&str; 5] = [
    "Service ready in",
    "First query completed in",
    "Total cold start time",
    "Second query completed in",
    SPEED_UP,
];

pub(crate) const SPEED_UP: &str = "Speedup";

/// A line of ours.
pub(crate) const WARM: &str = "Warm queries completed in";

/// What each of the lines shows.
pub(crate) fn lines(summary: &Summary) -> [Spread; 5] {
    let Summary { ready, first_query, total, second_query, speed_up, .. } = summary;
    [*ready, *first_query, *total, *second_query, *speed_up]
}

impl Human for Forced {
    fn human(&self, page: Page) -> String {
        let record = &self.record;
        let starts = count(self.summary.runs, "cold start");
        let mut text =
            format!("{}: {starts}{}\n", styled(BOLD, &record.place), faster(record.time_scale));
        let mut rows: Vec<Vec<String>> =
            LINES.iter().zip(lines(&self.summary)).map(|(line, it)| row(line, it)).collect();
        rows.extend(self.summary.warm.map(|it| row(WARM, it)));
        text += &table(&["", "p50", "p95", "p99"], &rows);
        text += "\n";
        let phases = self.summary.phases.iter().map(|(phase, it)| row(phase.as_str(), *it));
        text += &table(&["phase", "p50", "p95", "p99"], &phases.collect::<Vec<_>>());
        text + &bars(&self.bars(), page)
    }
}

fn row(line: &str, spread: Spread) -> Vec<String> {
    let Spread { p50, p95, p99 } = spread;
    let figures = [p50, p95, p99].map(|it| figure(line, it));
    std::iter::once(line.to_owned()).chain(figures).collect()
}

/// `10.2 s`, `0.04 s`; the speed-up as `14.5x`.
pub(crate) fn figure(line: &str, value: f64) -> String {
    match value {
        times if line == SPEED_UP => format!("{times:.1}x"),
        s if s < 0.1 => format!("{s:.3} s"),
        s if s < 1.0 => format!("{s:.2} s"),
        s => format!("{s:.1} s"),
    }
}

fn faster(scale: f64) -> String {
    if (scale - 1.0).abs() < f64::EPSILON {
        return String::new();
    }
    format!(", in its own time, which ran {scale} times faster than real")
}
