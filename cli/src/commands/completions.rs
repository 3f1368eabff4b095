use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::{cli::Cli, exit::Exit, failure::Failure, output::json::document, session::Session};

/// Print completions for a shell
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: completions for bash, from the next login on\n  \
                        ragctl completions bash > ~/.local/share/bash-completion/completions/ragctl")]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, session: &Session) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ragctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    let output = session.output;
    if output.is_json() {
        output.text(&document(&json!({"shell": args.shell.to_string(), "script": script})))?;
    } else {
        output.text(&script)?;
    }
    Ok(Exit::Done)
}
