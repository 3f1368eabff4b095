//! Deploys a bundled RAG service from one typed file, and switches cold-start strategies on and off.
//!
//! [`cli`] is what may be typed, [`commands`] does it, [`session`] puts together what the commands work with, and
//! [`output`] alone prints.

mod archives;
mod backend;
mod bench;
mod bundle;
mod change;
mod cli;
mod commands;
mod environment;
mod exit;
mod facts;
mod failure;
mod image;
mod measured;
mod output;
mod program;
mod rewrite;
mod service;
mod session;
mod traffic;

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use crate::{
    cli::{Cli, Command},
    exit::Exit,
    session::Session,
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return told(&error).into(),
    };
    let session = Session::new(cli.global);
    let runtime = runtime(&cli.command);
    let done = runtime.block_on(commands::run(cli.command, &session));
    // A question that nobody answered must not keep the process.
    runtime.shutdown_timeout(Duration::ZERO);
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            session.output.failure(&failure);
            output::failure::exit(&failure).into()
        }
    }
}

/// Help and version are results; anything else is wrong usage.
fn told(error: &clap::Error) -> Exit {
    // A closed pipe is no error, and there is nobody to tell of others.
    drop(error.print());
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// One thread is enough, and starts in no time, but for the supervisor, which carries all requests.
fn runtime(command: &Command) -> Runtime {
    let mut builder = match command {
        Command::Supervise(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build().expect("the system gives a process its event queue")
}
