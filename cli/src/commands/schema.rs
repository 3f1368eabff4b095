use ragctl_stacks::config;

use crate::{exit::Exit, failure::Failure, output::json, session::Session};

/// Print the JSON Schema of the stack file
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: let an editor know what may be written\n  ragctl schema > ragctl.schema.json"
)]
pub(crate) struct SchemaArgs {}

pub(crate) fn run(_args: &SchemaArgs, session: &Session) -> Result<Exit, Failure> {
    session.output.text(&json::document(&config::schema()))?;
    Ok(Exit::Done)
}
