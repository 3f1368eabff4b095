use ragctl_stacks::{check::Finding, config, strategy};
use serde::Serialize;

use super::{Effect, about};
use crate::{
    exit::Exit,
    facts,
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
    effect: Option<Effect>,
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
        let indent = width + 7;
        if let Some(effect) = &self.effect {
            let other = if self.on { "off" } else { "on" };
            let effect = format!("switched {other}: {}", effect.told());
            text += &wrapped(&effect, page.width, indent);
        }
        for Contradiction { rule, why, remedy, .. } in &self.contradictions {
            let paragraph = wrapped(&format!("{why}: {remedy} ({rule})"), page.width, indent);
            text += &styled(LOOK, paragraph.trim_end());
            text.push('\n');
        }
        text
    }
}

pub(super) fn run(_args: &ListArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    // Contradictions are told of what the file says, not of what the strategies make of it.
    let file = &project.file;
    let opened = config::open(&file.text, &file.shown(), session.environment());
    let opened = opened.map_err(Failure::Mistakes)?;
    let facts = facts::in_passing(&project, session.output);
    let entries = strategy::ALL.into_iter().map(|strategy| {
        let on = strategy.is_on(&opened.stack);
        let contradictions = about(strategy, &opened).into_iter();
        Entry {
            name: strategy.name(),
            on,
            summary: strategy.summary(),
            effect: Effect::of(strategy, on, session, &project, &facts),
            contradictions: contradictions
                .map(|Finding { rule, field, why, remedy, .. }| Contradiction {
                    rule: rule.id,
                    field,
                    why,
                    remedy,
                })
                .collect(),
        }
    });
    session.output.result(&Listed(entries.collect()))?;
    Ok(Exit::Done)
}
