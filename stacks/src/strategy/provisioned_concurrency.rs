//! Keep sandboxes of a function set up ahead.

use super::Strategy;
use crate::stack::Stack;

/// `provisioned-concurrency`: so many sandboxes of the function are set up before anybody asks.
#[derive(Clone, Copy, Debug)]
pub struct ProvisionedConcurrency;

impl Strategy for ProvisionedConcurrency {
    fn name(&self) -> &'static str {
        "provisioned-concurrency"
    }

    fn summary(&self) -> &'static str {
        "keep sandboxes of a function set up ahead, on Lambda"
    }

    fn explain(&self) -> &'static str {
        "\
Lambda sets a sandbox up when a request finds none that is free. With this on, `minimum` of them
are set up before anybody asks, and stay so: their program is started, and its pools are warm.

What it buys: requests that find one of them never meet a cold start. It is the only thing on Lambda
that takes cold starts away; pinging keeps a sandbox warm most of the time, and promises nothing.

What it does not buy: more requests at once than there are such sandboxes meet cold starts as
before. `maximum` lets there be more of them when most are in use (`utilization`), which takes
minutes.

What it costs: each of them for each second, used or not. 1769 MB cost about 19 dollars a month and
sandbox in us-east-1 on x86-64; what runs in them is cheaper in turn.

What changes: a deployment publishes a version, sets its sandboxes up, waits until all are, asks it
a real question, and only then moves the alias `live` to it; the version before gives its sandboxes
up. A version that cannot be set up or does not answer never serves. Only the target `lambda` has
it."
    }

    fn is_on(&self, stack: &Stack) -> bool {
        stack.strategies.provisioned_concurrency.is_some()
    }

    fn apply(&self, stack: &mut Stack) {
        stack.provisioned = stack.strategies.provisioned_concurrency;
    }
}
