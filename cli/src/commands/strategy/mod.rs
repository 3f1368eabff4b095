//! Cold-start strategies: which there are, what they do, on and off.

mod effect;
pub(super) mod explain;
mod list;
mod switch;

pub(crate) use self::effect::Effect;

use ragctl_stacks::{
    check::{self, Finding},
    config::Opened,
    strategy::{self, Strategy},
};

use crate::{exit::Exit, failure::Failure, session::Session};

/// List cold-start strategies, explain them, switch them on and off
#[derive(clap::Args, Debug)]
pub(crate) struct StrategyArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    List(list::ListArgs),
    Enable(switch::EnableArgs),
    Disable(switch::DisableArgs),

    Explain(explain::ExplainArgs),
}

pub(crate) async fn run(args: StrategyArgs, session: &Session) -> Result<Exit, Failure> {
    match args.verb {
        Verb::List(args) => list::run(&args, session),
        Verb::Enable(args) => switch::enable(args, session).await,
        Verb::Disable(args) => switch::disable(args, session).await,

        Verb::Explain(args) => explain::run(&args, session),
    }
}

/// What works against a strategy that is on, and the file does not allow.
fn about(strategy: &dyn Strategy, opened: &Opened) -> Vec<Finding> {
    let mut about = check::told(opened);
    about.retain(|it| it.rule.strategy() == Some(strategy.name()) && strategy.is_on(&opened.stack));
    about
}

/// The strategy of this name.
fn named(name: &str) -> Result<&'static dyn Strategy, Failure> {
    strategy::find(name).ok_or_else(|| Failure::NoSuchStrategy {
        name: name.to_owned(),
        nearest: strategy::nearest(name),
    })
}
