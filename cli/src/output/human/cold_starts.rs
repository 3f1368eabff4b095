//! Cold starts that were forced, as text: the lines of the seed's test, and the phases.

use ragctl_stacks::{bench::Summary, tune::Spread};

use super::{
    Human, Page,
    table::table,
    text::{count, wrapped},
};
use crate::{
    commands::bench::cold_start::{Forced, Table},
    output::style::{BOLD, GOOD, styled},
};

/// The lines of the seed's test, in its order.
const LINES: [&str; 5] = [
    "Service ready in",
    "First query completed in",
    "Total cold start time",
    "Second query completed in",
    "Speedup",
];

/// What each of the lines shows.
fn lines(summary: &Summary) -> [Spread; 5] {
    let Summary { ready, first_query, total, second_query, speed_up, .. } = summary;
    [*ready, *first_query, *total, *second_query, *speed_up]
}

impl Human for Forced {
    fn human(&self, _page: Page) -> String {
        let record = &self.record;
        let starts = count(self.summary.runs, "cold start");
        let mut text = format!(
            "{} on {}: {starts}{}\n",
            styled(BOLD, &record.stack),
            record.place,
            faster(record.time_scale)
        );
        let mut rows: Vec<Vec<String>> =
            LINES.iter().zip(lines(&self.summary)).map(|(line, it)| row(line, it)).collect();
        rows.extend(self.summary.warm.map(|it| row("Warm queries completed in", it)));
        text += &table(&["", "p50", "p95", "p99"], &rows);
        text += "\n";
        let phases = self.summary.phases.iter().map(|(phase, it)| row(phase.as_str(), *it));
        text + &table(&["phase", "p50", "p95", "p99"], &phases.collect::<Vec<_>>())
    }
}

fn row(line: &str, spread: Spread) -> Vec<String> {
    let Spread { p50, p95, p99 } = spread;
    let figures = [p50, p95, p99].map(|it| figure(line, it));
    std::iter::once(line.to_owned()).chain(figures).collect()
}

/// `10.2 s`, `0.04 s`; the speed-up as `14.5x`.
fn figure(line: &str, value: f64) -> String {
    match value {
        times if line == LINES[4] => format!("{times:.1}x"),
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

impl Human for Table {
    fn human(&self, page: Page) -> String {
        let runs = count(self.ours.summary.runs, "cold start");
        let place = &self.ours.record.place;
        let strategies = self.ours.record.strategies.join(", ");
        let title = styled(BOLD, format!("{place}: {runs} each, p50"));
        let mut text = format!("{title}{}\n", faster(self.ours.record.time_scale));
        let heading: Vec<&str> = match self.told {
            Some(_) => vec!["", "seed before", "before", "seed after", "ours", "change"],
            None => vec!["", "before", "ours", "change"],
        };
        let measured = lines(&self.before.summary).into_iter().zip(lines(&self.ours.summary));
        let rows: Vec<Vec<String>> = measured
            .enumerate()
            .map(|(at, (before, ours))| self.row(at, before.p50, ours.p50))
            .collect();
        text += &table(&heading, &rows);
        text += "\n";
        text += &wrapped(&format!("Ours has {}.", or_none(&strategies)), page.width, 0);
        text + &styled(GOOD, wrapped(&self.why(), page.width, 0).trim_end()) + "\n"
    }
}

fn or_none(strategies: &str) -> String {
    if strategies.is_empty() { "no strategy on".to_owned() } else { format!("{strategies} on") }
}

impl Table {
    fn row(&self, at: usize, before: f64, ours: f64) -> Vec<String> {
        let line = LINES[at];
        let figure = |value| figure(line, value);
        let change = format!("{:+.0} %", (ours / before.max(f64::MIN_POSITIVE) - 1.0) * 100.0);
        let change = if at == 4 { String::new() } else { change };
        let cells = match self.told {
            Some(told) => vec![
                figure(told.before[at]),
                figure(before),
                figure(told.after[at]),
                figure(ours),
                change,
            ],
            None => vec![figure(before), figure(ours), change],
        };
        std::iter::once(line.to_owned()).chain(cells).collect()
    }

    /// Why ours takes the time that it takes.
    fn why(&self) -> String {
        let (worker, pool) = (self.model.worker_s, self.model.pool_s());
        format!(
            "Ours sets both pools up side by side before the first question, and is ready at the first worker of \
             each: {worker} s in place of {pool} s + {pool} s. The connections are kept, so that no question \
             waits for one; the other workers follow behind."
        )
    }
}
