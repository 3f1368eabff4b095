//! What may be asked for, a file a command: its arguments, then the pipeline from top to bottom.

pub(crate) mod advise;
pub(crate) mod ask;
pub(crate) mod bench;
pub(crate) mod budget;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod deploy;
pub(crate) mod destroy;
pub(crate) mod explain;
pub(crate) mod iam;
pub(crate) mod image;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod lambda;
pub(crate) mod logs;
pub(crate) mod plan;
pub(crate) mod reference;
pub(crate) mod render;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod seed_provider;
pub(crate) mod seed_service;
pub(crate) mod simulate;
pub(crate) mod sleep;
pub(crate) mod status;
pub(crate) mod strategy;
pub(crate) mod supervise;
pub(crate) mod unlock;
pub(crate) mod verify;
pub(crate) mod wake;

use std::time::Duration;

use crate::{cli::Command, exit::Exit, failure::Failure, session::Session};

/// Runs a command.
pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Init(args) => init::run(&args, session),
        Command::Check(args) => check::run(&args, session),
        Command::Explain(args) => explain::run(&args, session),
        Command::Verify(args) => verify::run(args, session).await,
        Command::Plan(args) => plan::run(args, session).await,
        Command::Deploy(args) => deploy::run(args, session).await,
        Command::Render(args) => render::run(args, session).await,
        Command::Rollback(args) => rollback::run(args, session).await,
        Command::Status(args) => status::run(&args, session).await,
        Command::Logs(args) => logs::run(args, session).await,
        Command::Ingest(args) => ingest::run(args, session).await,
        Command::Ask(args) => ask::run(args, session).await,
        Command::Strategy(args) => strategy::run(args, session).await,
        Command::Bench(args) => bench::run(args, session).await,
        Command::Budget(args) => budget::run(&args, session),
        Command::Cost(args) => cost::run(&args, session),
        Command::Simulate(args) => simulate::run(&args, session),
        Command::Advise(args) => advise::run(args, session).await,
        Command::Destroy(args) => destroy::run(&args, session).await,
        Command::Wake(args) => wake::run(&args, session).await,
        Command::Sleep(args) => sleep::run(&args, session).await,
        Command::Unlock(args) => unlock::run(&args, session).await,
        Command::Image(args) => image::run(args, session).await,
        Command::Lambda(args) => lambda::run(args, session).await,
        Command::Iam(args) => iam::run(args, session),
        Command::Schema(args) => schema::run(&args, session),
        Command::Completions(args) => completions::run(&args, session),
        Command::SeedProvider(args) => seed_provider::run(args, session).await,
        Command::SeedService(args) => seed_service::run(args).await,
        Command::Supervise(args) => supervise::run(&args).await,
        Command::Reference(args) => reference::run(&args, session),
    }
}

/// Reads a duration from the command line: a number and one of `s`, `m`, `h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "a number and one of s, m, h, such as 30s".to_owned();
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wanted)?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wanted()),
    };
    let number: u64 = number.parse().map_err(|_| wanted())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        for wrong in ["", "5", "s", "5d", "-5s", "99999999999999999999s", "9999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
