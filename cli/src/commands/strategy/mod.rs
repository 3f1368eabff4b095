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
    strategy::find(name)
        .ok_or_else(|| Failure::NoSuchStrategy { name: name.to_owned(), nearest: nearest(name) })
}

/// The strategy whose name is most like it, if one is.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace('_', "-");
    let flat = |text: &str| text.replace('-', "");
    let all = strategy::ALL.into_iter().map(Strategy::name);
    let near = all.map(|known| (distance(&flat(known), &flat(&name)), known));
    near.filter(|(far, known)| *far * 3 <= known.len()).min().map(|(_, known)| known)
}

/// How many letters must be added, taken away or changed to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_recognised() {
        for (typed, meant) in [
            ("keep-alive", Some("keepalive")),
            ("keepalve", Some("keepalive")),
            ("Prewarm", Some("prewarm")),
            ("async_init", Some("async-init")),
            ("reduced-worker", Some("reduced-workers")),
            ("idle", None),
        ] {
            assert_eq!(nearest(typed), meant, "{typed}");
        }
    }
}
