use ragctl_stacks::config::{self, Mistakes};
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    output::human::{Human, Page, text::count},
    session::Session,
};

/// Find every mistake in the stack file, and change nothing
///
/// Without `--env`, the file is checked by itself and with each of its environments.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: fail a CI job on a wrong file\n  ragctl check --json\n\n\
                        Exit code 64 says that there are mistakes.")]
pub(crate) struct CheckArgs {}

/// What a check found.
#[derive(Serialize)]
pub(crate) struct Checked {
    file: String,
    mistakes: Vec<config::Mistake>,
}

impl Human for Checked {
    fn human(&self, _page: Page) -> String {
        format!("{}: no mistakes\n", self.file)
    }
}

pub(crate) fn run(_args: &CheckArgs, session: &Session) -> Result<Exit, Failure> {
    let file = session.file()?;
    let checked = match session.environment() {
        Some(_) => config::load(&file.text, &file.shown(), session.environment()).map(drop),
        None => config::check_all(&file.text, &file.shown()),
    };
    let output = session.output;
    let Err(mistakes) = checked else {
        output.result(&Checked { file: file.shown(), mistakes: Vec::new() })?;
        return Ok(Exit::Done);
    };
    if output.is_json() {
        output.result(&Checked { file: file.shown(), mistakes: list(&mistakes) })?;
    }
    output.mistakes(&mistakes);
    output.note(&format!("\n{}", count(mistakes.len(), "mistake")));
    Ok(Exit::Usage)
}

fn list(mistakes: &Mistakes) -> Vec<config::Mistake> {
    mistakes.iter().cloned().collect()
}
