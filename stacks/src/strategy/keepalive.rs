//! Ask the service on a schedule, so that it does not go cold.

use super::Strategy;
use crate::stack::Stack;

/// `keepalive`: the service is asked on a schedule.
#[derive(Clone, Copy, Debug)]
pub struct Keepalive;

impl Strategy for Keepalive {
    fn name(&self) -> &'static str {
        "keepalive"
    }

    fn summary(&self) -> &'static str {
        "ask the service on a schedule, so that it does not go cold"
    }

    fn explain(&self) -> &'static str {
        "\
`schedule` says when `path` is asked: `rate(10 minutes)` and `/health` unless the file says
otherwise. On AWS an EventBridge rule asks, on this machine the scheduler.

What it buys: where `idle` lets the service sleep, a ping wakes it and postpones its sleep, so that
a schedule of working hours (`cron(0/10 8-18 ? * MON-FRI *)`) has it up before people come.

What it does not buy: ECS never stops an idle task by itself. Without `idle`, at least one task
always runs, and nothing is there to be kept alive. Asking `/health` calls no provider, so that a
provider which goes cold by itself still does.

What it costs: with `idle` on, asking more often than `idle.after` all day keeps a task running all
day, which is what `idle` was to save: about 33 dollars a month for 1 vCPU and 2 GB.

What changes: a schedule is added. Its requests carry `X-Ragctl-Purpose: ping`, by which the service
tells them from real use."
    }

    fn is_on(&self, stack: &Stack) -> bool {
        stack.strategies.keepalive.is_some()
    }

    fn apply(&self, stack: &mut Stack) {
        if let Some(settings) = &stack.strategies.keepalive {
            stack.ping = Some(settings.clone());
        }
    }
}
