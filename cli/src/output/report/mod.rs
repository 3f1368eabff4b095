//! Results as a page with charts, and as the charts alone.

mod ablation;
mod advised;
mod cold_starts;
mod judged;
mod simulated;

use std::{fs, path::PathBuf};

use jiff::Timestamp;
use ragctl_chart::{Block, Chart, Report, Section, Summary};

use crate::{failure::Failure, output::chart};

/// Where a page with charts goes.
#[derive(clap::Args, Debug)]
pub(crate) struct ReportArgs {
    /// Write a page with charts and tables: one file of HTML that needs nothing else
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    report: Option<PathBuf>,

    /// Write each chart of the page into a folder, as SVG and as PNG
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    charts: Option<PathBuf>,
}

/// A result that can be drawn.
pub(crate) trait Drawn {
    /// Its page, with the charts in it.
    fn page(&self) -> Page;
}

/// A page in the making: its charts have names, by which they are written alone.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) figures: Vec<Summary>,
    pub(crate) parts: Vec<Part>,
    /// The command that made it.
    pub(crate) command: &'static str,
}

/// A part of a page under a heading.
pub(crate) struct Part {
    pub(crate) heading: String,
    pub(crate) text: String,
    /// With the name of its files.
    pub(crate) chart: Option<(&'static str, Box<dyn Chart>)>,
    pub(crate) table: Option<ragctl_chart::Table>,
}

impl ReportArgs {
    /// Writes what was asked for; nothing where nothing was.
    pub(crate) fn write(&self, drawn: &impl Drawn) -> Result<(), Failure> {
        if self.report.is_none() && self.charts.is_none() {
            return Ok(());
        }
        let page = drawn.page();
        if let Some(folder) = &self.charts {
            let unwritable = |source| Failure::Unwritable { path: folder.clone(), source };
            fs::create_dir_all(folder).map_err(unwritable)?;
            for (name, chart) in page.parts.iter().filter_map(|it| it.chart.as_ref()) {
                for ending in ["svg", "png"] {
                    chart::write(chart.as_ref(), &folder.join(format!("{name}.{ending}")))?;
                }
            }
        }
        match &self.report {
            None => Ok(()),
            Some(path) => fs::write(path, page.html())
                .map_err(|source| Failure::Unwritable { path: path.clone(), source }),
        }
    }
}

impl Page {
    fn html(self) -> String {
        let sections = self.parts.into_iter().map(Part::section).collect();
        let now = Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
        let foot =
            format!("Made on {now} by {}, ragctl {}.", self.command, env!("CARGO_PKG_VERSION"));
        let (title, lead, summary) = (self.title, self.lead, self.figures);
        Report { title, lead, summary, sections, foot }.html()
    }
}

impl Part {
    fn section(self) -> Section {
        let text = (!self.text.is_empty()).then_some(Block::Text(self.text));
        let chart = self.chart.map(|(_, it)| Block::Chart(it));
        let table = self.table.map(Block::Table);
        Section {
            heading: self.heading,
            blocks: text.into_iter().chain(chart).chain(table).collect(),
        }
    }
}

/// With a capital at its beginning and a point at its end.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A paragraph each.
fn notes(notes: &[String]) -> String {
    notes.iter().map(|it| sentence(it)).collect::<Vec<_>>().join("\n\n")
}

fn summary(figure: String, meaning: &str) -> Summary {
    Summary { figure, meaning: meaning.to_owned() }
}
