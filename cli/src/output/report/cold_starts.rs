//! Cold starts that were forced, as a page.

use ragctl_chart::{Bar, Column, Distribution, Series, Stacked, Table};
use ragctl_stacks::bench::{ColdRun, ColdStarts, Percentile, Summary};

use super::{Drawn, Page, Part, summary};
use crate::{
    commands::bench::cold_start::{self, Forced},
    output::human::{
        cold_starts::{LINES, figure, lines},
        figure::seconds,
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
                phases_part(self.bars()),
                spread_part(&[("cold starts", record)]),
                lines_part(
                    "Percentiles of all cold starts",
                    &Percentile::ALL.map(|p| (p.as_str(), lines(it).map(|it| p.of(it)))),
                ),
            ],
            command: "ragctl bench cold-start",
        }
    }
}

impl Drawn for cold_start::Table {
    fn page(&self) -> Page {
        let (before, ours) = (self.before.summary.total.p50, self.ours.summary.total.p50);
        let medians = |of: &Summary| lines(of).map(|it| it.p50);
        let measured =
            [("before", medians(&self.before.summary)), ("ours", medians(&self.ours.summary))];
        let columns = match self.told {
            None => measured.to_vec(),
            Some(told) => {
                vec![
                    ("told before", told.before),
                    measured[0],
                    ("told after", told.after),
                    measured[1],
                ]
            }
        };
        Page {
            title: format!("Against the provider model `{}`", self.model.name),
            lead: self.why(),
            figures: vec![
                summary(seconds(ours), "ours, from nothing to the first answer"),
                summary(seconds(before), "before"),
                summary(format!("{:.1}×", before / ours.max(f64::MIN_POSITIVE)), "as fast"),
            ],
            parts: vec![
                phases_part(self.bars()),
                lines_part(
                    &format!("Medians of {} cold starts each", self.ours.summary.runs),
                    &columns,
                ),
                spread_part(&[("before", &self.before.record), ("ours", &self.ours.record)]),
            ],
            command: "ragctl bench cold-start --provider-model",
        }
    }
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

/// The lines of the seed's test, a column for each of these figures.
fn lines_part(caption: &str, columns: &[(&str, [f64; 5])]) -> Part {
    let rows = LINES.iter().enumerate().map(|(at, line)| {
        let cells = columns.iter().map(|(_, of)| figure(line, of[at]));
        std::iter::once((*line).to_owned()).chain(cells).collect()
    });
    let headings = columns.iter().map(|(name, _)| Column::Number((*name).to_owned()));
    Part {
        heading: "The lines of the seed's test".to_owned(),
        text: String::new(),
        chart: None,
        table: Some(Table {
            caption: caption.to_owned(),
            columns: std::iter::once(Column::Words(String::new())).chain(headings).collect(),
            rows: rows.collect(),
            marked: Vec::new(),
        }),
    }
}
