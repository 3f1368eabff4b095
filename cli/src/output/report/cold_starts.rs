//! Cold starts that were forced, as a page.

use ragctl_chart::{Bar, Distribution, Segment, Series, Stacked, Table};
use ragctl_stacks::bench::{ColdRun, ColdStarts, Summary};

use super::{Drawn, Page, Part, summary};
use crate::{
    commands::bench::cold_start::{self, Forced},
    output::{
        chart::phase,
        human::{
            cold_starts::{LINES, figure, lines},
            figure::seconds,
        },
    },
};

impl Drawn for Forced {
    fn page(&self) -> Page {
        let (record, it) = (&self.record, &self.summary);
        let on = match record.strategies.join(", ") {
            none if none.is_empty() => "no strategy".to_owned(),
            some => some,
        };
        Page {
            title: format!("Cold starts of {}", record.stack),
            lead: format!(
                "{} cold starts on {}, {}, with {on}.",
                it.runs, record.time, record.place
            ),
            figures: vec![
                summary(seconds(it.total.p50), "from nothing to the first answer, p50"),
                summary(seconds(it.second_query.p50), "the second answer, p50"),
                summary(
                    format!("{:.1}×", it.speed_up.p50),
                    "as long for the first as for the second",
                ),
            ],
            parts: vec![
                phases_part(vec![bar(&record.stack, it)]),
                spread_part(&[("cold starts", record)]),
                lines_part(&[("p50", it, 0), ("p95", it, 1), ("p99", it, 2)]),
            ],
            command: "ragctl bench cold-start",
        }
    }
}

impl Drawn for cold_start::Table {
    fn page(&self) -> Page {
        let mut bars = vec![bar("before", &self.before.summary)];
        if let Some(told) = self.told {
            let [ready, first, ..] = told.after;
            let segments =
                [(ragctl_chart::Phase::Start, ready), (ragctl_chart::Phase::Question, first)];
            bars.push(Bar {
                name: "the seed's own after, as it is told".to_owned(),
                segments: segments.map(|(phase, seconds)| Segment { phase, seconds }).to_vec(),
            });
        }
        bars.push(bar("ours", &self.ours.summary));
        let (before, ours) = (self.before.summary.total.p50, self.ours.summary.total.p50);
        Page {
            title: format!("Against the provider model `{}`", self.model.name),
            lead: self.why(),
            figures: vec![
                summary(seconds(ours), "ours, from nothing to the first answer"),
                summary(seconds(before), "before"),
                summary(format!("{:.1}×", before / ours.max(f64::MIN_POSITIVE)), "as fast"),
            ],
            parts: vec![
                phases_part(bars),
                lines_part(&[("before", &self.before.summary, 0), ("ours", &self.ours.summary, 0)]),
                spread_part(&[("before", &self.before.record), ("ours", &self.ours.record)]),
            ],
            command: "ragctl bench cold-start --provider-model",
        }
    }
}

/// A bar of the medians of the phases, and of what the first question takes after them.
pub(super) fn bar(name: &str, of: &Summary) -> Bar {
    let mut segments: Vec<Segment> =
        of.phases.iter().map(|(at, it)| Segment { phase: phase(*at), seconds: it.p50 }).collect();
    let told: f64 = segments.iter().map(|it| it.seconds).sum();
    // What no phase tells of: on the way to `/health`, or in the first question.
    let rest = (of.total.p50 - told).max(0.0);
    segments.push(Segment { phase: ragctl_chart::Phase::Question, seconds: rest });
    Bar { name: name.to_owned(), segments }
}

pub(super) fn phases_part(bars: Vec<Bar>) -> Part {
    let chart = Stacked {
        title: "From nothing to the first answer, by phase".to_owned(),
        lead: "Medians".to_owned(),
        bars,
    };
    Part {
        heading: "Phases".to_owned(),
        text: String::new(),
        chart: Some(("phases", Box::new(chart))),
        table: None,
    }
}

fn spread_part(all: &[(&str, &ColdStarts)]) -> Part {
    let series = all.iter().map(|(name, record)| Series {
        name: (*name).to_owned(),
        seconds: record.runs.iter().map(ColdRun::total).collect(),
    });
    let chart = Distribution {
        title: "From nothing to the first answer".to_owned(),
        lead: "The share of cold starts that took no longer".to_owned(),
        series: series.collect(),
        limit: None,
    };
    Part {
        heading: "Spread".to_owned(),
        text: String::new(),
        chart: Some(("spread", Box::new(chart))),
        table: None,
    }
}

/// The lines of the seed's test: a column for each percentile, by its place in p50, p95, p99.
fn lines_part(columns: &[(&str, &Summary, usize)]) -> Part {
    let rows = LINES.iter().enumerate().map(|(at, line)| {
        let cells = columns.iter().map(|(_, of, which)| {
            let it = lines(of)[at];
            figure(line, [it.p50, it.p95, it.p99][*which])
        });
        std::iter::once((*line).to_owned()).chain(cells).collect()
    });
    let headings =
        columns.iter().map(|(name, ..)| ragctl_chart::Column::Number((*name).to_owned()));
    Part {
        heading: "The lines of the seed's test".to_owned(),
        text: String::new(),
        chart: None,
        table: Some(Table {
            caption: "The lines of the seed's test".to_owned(),
            columns: std::iter::once(ragctl_chart::Column::Words(String::new()))
                .chain(headings)
                .collect(),
            rows: rows.collect(),
            marked: Vec::new(),
        }),
    }
}
