//! Ask the service on a schedule, so that it does not go cold.

use super::{Contradiction, Strategy};
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

    fn contradictions(&self, stack: &Stack) -> Vec<Contradiction> {
        let Some(settings) = &stack.strategies.keepalive else { return Vec::new() };
        let say = |why: String, remedy: &str| {
            let remedy = remedy.to_owned();
            vec![Contradiction { strategy: self.name(), field: "idle", why, remedy }]
        };
        let Some(idle) = stack.idle else {
            return say(
                format!(
                    "{} always run, because `idle` is off, so that there is nothing to keep alive",
                    match stack.autoscaling.minimum.get() {
                        1 => "one task and more".to_owned(),
                        minimum => format!("{minimum} tasks and more"),
                    }
                ),
                "switch keepalive off, or `idle` on",
            );
        };
        match settings.schedule.period() {
            Some(period) if period >= idle.after.duration() => say(
                format!(
                    "the service sleeps after {}, between one ping and the next of {}",
                    idle.after, settings.schedule
                ),
                "ask more often than `idle.after`, or switch keepalive off",
            ),
            Some(_) => say(
                format!(
                    "{} is more often than `idle.after` of {}, so that the service never sleeps",
                    settings.schedule, idle.after
                ),
                "give the schedule working hours, such as `cron(0/10 8-18 ? * MON-FRI *)`, or \
                 switch one of the two off",
            ),
            None => Vec::new(),
        }
    }
}
