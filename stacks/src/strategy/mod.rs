//! The cold-start strategies: each one edits the stack when it is on.
//!
//! A strategy is a pure function. It does not wait, poll or call out, and whether it is on is one
//! line of the user's file.

mod async_init;
mod edge_prewarm;
mod keepalive;
mod prewarm;
mod provisioned_concurrency;
mod reduced_workers;
#[cfg(test)]
mod tests;

pub use async_init::AsyncInit;
pub use edge_prewarm::EdgePrewarm;
pub use keepalive::Keepalive;
pub use prewarm::Prewarm;
pub use provisioned_concurrency::ProvisionedConcurrency;
pub use reduced_workers::ReducedWorkers;

use crate::config::near;
use crate::stack::Stack;

/// A cold-start measure that is on or off.
pub trait Strategy: Sync {
    /// Its name in the file and on the command line.
    fn name(&self) -> &'static str;

    /// What it does, in one line.
    fn summary(&self) -> &'static str;

    /// What it does, what it buys and what it costs, in a few paragraphs.
    fn explain(&self) -> &'static str;

    /// Whether the stack has it on.
    fn is_on(&self, stack: &Stack) -> bool;

    /// Edits the stack as the strategy asks; a stack that has it off stays as it is.
    fn apply(&self, stack: &mut Stack);
}

/// Every strategy, in the order in which they are applied and listed.
pub static ALL: [&'static dyn Strategy; 6] =
    [&Prewarm, &ReducedWorkers, &AsyncInit, &Keepalive, &EdgePrewarm, &ProvisionedConcurrency];

/// The strategy of this name.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    ALL.into_iter().find(|strategy| strategy.name() == name)
}

/// The name of the strategy that is most like `name`, if one is.
pub fn nearest(name: &str) -> Option<&'static str> {
    near::word(name, &ALL.map(Strategy::name))
}

/// The names of the strategies that a stack has on.
#[must_use]
pub fn names_on(stack: &Stack) -> Vec<&'static str> {
    ALL.into_iter().filter(|it| it.is_on(stack)).map(Strategy::name).collect()
}

/// The stack as the strategies that are on want it.
///
/// Applying them again changes nothing.
#[must_use]
pub fn applied(stack: &Stack) -> Stack {
    let mut edited = stack.clone();
    for strategy in ALL {
        strategy.apply(&mut edited);
    }
    edited
}
