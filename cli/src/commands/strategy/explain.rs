use ragctl_stacks::strategy::Strategy;
use serde::Serialize;

use super::named;
use crate::{
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, text::wrapped},
        style::{BOLD, styled},
    },
    session::Session,
};

/// Say what a strategy does, what it buys, and what it costs
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  ragctl strategy explain prewarm")]
pub(super) struct ExplainArgs {
    /// Its name in `ragctl strategy list`
    name: String,
}

/// A strategy, explained.
#[derive(Serialize)]
struct Explained {
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
}

impl Human for Explained {
    fn human(&self, page: Page) -> String {
        let title = styled(BOLD, self.name);
        format!("{title}: {}\n\n{}", self.summary, wrapped(self.explanation, page.width, 0))
    }
}

pub(super) fn run(args: &ExplainArgs, session: &Session) -> Result<Exit, Failure> {
    told(named(&args.name)?, session)
}

/// Tells what a strategy does.
pub(in crate::commands) fn told(
    strategy: &dyn Strategy,
    session: &Session,
) -> Result<Exit, Failure> {
    let (name, summary) = (strategy.name(), strategy.summary());
    session.output.result(&Explained { name, summary, explanation: strategy.explain() })?;
    Ok(Exit::Done)
}
