use ragctl_stacks::{check::Finding, config, strategy};
use serde::Serialize;

use super::about;
use crate::{
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, text::wrapped},
        style::{BOLD, FAINT, GOOD, LOOK, styled},
    },
    session::Session,
};

/// List the strategies: which are on, what they do, and what works against them
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  ragctl strategy list")]
pub(super) struct ListArgs {}

/// All strategies.
#[derive(Serialize)]
#[serde(transparent)]
struct Listed(Vec<Entry>);

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    on: bool,
    summary: &'static str,
    contradictions: Vec<Contradiction>,
}

#[derive(Serialize)]
struct Contradiction {
    rule: &'static str,
    field: String,
    why: String,
    remedy: String,
}

impl Human for Listed {
    fn human(&self, page: Page) -> String {
        let width = self.0.iter().map(|it| it.name.len()).max().unwrap_or(0);
        self.0.iter().map(|it| it.told(page, width)).collect()
    }
}

impl Entry {
    fn told(&self, page: Page, width: usize) -> String {
        let state = if self.on { styled(GOOD, "on ") } else { styled(FAINT, "off") };
        let name = styled(BOLD, format!("{:width$}", self.name));
        let mut text = format!("{state}  {name}  {}\n", self.summary);
        for Contradiction { rule, why, remedy, .. } in &self.contradictions {
            let indent = width + 7;
            let paragraph = wrapped(&format!("{why}: {remedy} ({rule})"), page.width, indent);
            text += &styled(LOOK, paragraph.trim_end());
            text.push('\n');
        }
        text
    }
}

pub(super) fn run(_args: &ListArgs, session: &Session) -> Result<Exit, Failure> {
    let file = session.file()?;
    let opened = config::open(&file.text, &file.shown(), session.environment());
    let opened = opened.map_err(Failure::Mistakes)?;
    let entries = strategy::ALL.into_iter().map(|strategy| Entry {
        name: strategy.name(),
        on: strategy.is_on(&opened.stack),
        summary: strategy.summary(),
        contradictions: about(strategy, &opened)
            .into_iter()
            .map(|Finding { rule, field, why, remedy, .. }| Contradiction {
                rule: rule.id,
                field,
                why,
                remedy,
            })
            .collect(),
    });
    session.output.result(&Listed(entries.collect()))?;
    Ok(Exit::Done)
}
