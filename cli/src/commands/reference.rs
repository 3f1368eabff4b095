mod commands;
mod configuration;
mod rules;

use clap::ValueEnum;

use crate::{exit::Exit, failure::Failure, session::Session};

/// Print a page of the reference, from what this program itself knows
#[derive(clap::Args, Debug)]
pub(crate) struct ReferenceArgs {
    /// Which page
    #[arg(value_enum)]
    page: PageName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PageName {
    Commands,
    Configuration,
    Rules,
}

pub(crate) fn run(args: &ReferenceArgs, session: &Session) -> Result<Exit, Failure> {
    session.output.text(&match args.page {
        PageName::Commands => commands::page(),
        PageName::Configuration => configuration::page(),
        PageName::Rules => rules::page(),
    })?;
    Ok(Exit::Done)
}
