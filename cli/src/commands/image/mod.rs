//! The image of the bundled service: built, pushed and looked into without Docker.

mod build;
mod inspect;
mod push;

use crate::{exit::Exit, failure::Failure, session::Session};

/// Build the image of the bundled service, push it, look into one; without Docker
///
/// `service: {image: build}` in the file lets `deploy` do both.
#[derive(clap::Args, Debug)]
pub(crate) struct ImageArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Build(build::BuildArgs),
    Push(push::PushArgs),
    Inspect(inspect::InspectArgs),
}

pub(crate) async fn run(args: ImageArgs, session: &Session) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Build(args) => build::run(args, session).await,
        Verb::Push(args) => push::run(args, session).await,
        Verb::Inspect(args) => inspect::run(args, session).await,
    }
}
