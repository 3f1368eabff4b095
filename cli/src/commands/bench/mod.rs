//! Cold starts as they are measured: forced, taken over, and held to limits.

pub(crate) mod ablation;
pub(crate) mod check;
pub(crate) mod cold_start;
pub(crate) mod import;
mod lambda;

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use crate::{exit::Exit, failure::Failure, session::Session};

/// Measure cold starts, take over what was measured elsewhere, and hold them to a budget
#[derive(clap::Args, Debug)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    ColdStart(cold_start::ColdStartArgs),
    Check(check::CheckArgs),
    Import(import::ImportArgs),
}

pub(crate) async fn run(args: BenchArgs, session: &Session) -> Result<Exit, Failure> {
    match args.verb {
        Verb::ColdStart(args) => cold_start::run(args, session).await,
        Verb::Check(args) => check::run(&args, session),
        Verb::Import(args) => import::run(&args, session).await,
    }
}

/// Whether the path means stdin or stdout.
fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What a file has, or stdin where the path is `-`.
fn read(path: &Path) -> Result<String, Failure> {
    let read = if is_standard(path) {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    read.map_err(|source| Failure::Unreadable { path: path.to_owned(), source })
}
