use ragctl_stacks::config;
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    output::human::{Human, Page, text::count},
    session::{Session, StackFile},
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
    let mistakes = match session.environment() {
        None => config::check_all(&file.text, &file.shown()),
        Some(_) => match config::load(&file.text, &file.shown(), session.environment()) {
            Err(mistakes) => mistakes,
            Ok(_) => return well(session, &file),
        },
    };
    if mistakes.is_empty() {
        return well(session, &file);
    }
    let output = session.output;
    if output.is_json() {
        output.result(&Checked {
            file: file.shown(),
            mistakes: mistakes.iter().cloned().collect(),
        })?;
    }
    output.mistakes(&mistakes);
    output.note(&format!("\n{}", count(mistakes.len(), "mistake")));
    Ok(Exit::Usage)
}

fn well(session: &Session, file: &StackFile) -> Result<Exit, Failure> {
    session.output.result(&Checked { file: file.shown(), mistakes: Vec::new() })?;
    Ok(Exit::Done)
}
