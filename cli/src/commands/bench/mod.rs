//! Measuring what a stack's cold starts take.

pub(crate) mod cold_start;
mod lambda;

use crate::{exit::Exit, failure::Failure, session::Session};

/// Measure cold starts by forcing them
#[derive(clap::Args, Debug)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    ColdStart(cold_start::ColdStartArgs),
}

pub(crate) async fn run(args: BenchArgs, session: &Session) -> Result<Exit, Failure> {
    match args.verb {
        Verb::ColdStart(args) => cold_start::run(args, session).await,
    }
}
