//! Fewer workers in each pool.

use super::Strategy;
use crate::stack::Stack;

/// `reduced-workers`: no pool has more workers than its setting says.
#[derive(Clone, Copy, Debug)]
pub struct ReducedWorkers;

impl Strategy for ReducedWorkers {
    fn name(&self) -> &'static str {
        "reduced-workers"
    }

    fn summary(&self) -> &'static str {
        "fewer workers in each pool"
    }

    fn explain(&self) -> &'static str {
        "\
Each pool gets at most `workers` workers, 4 unless the file says otherwise.

What it buys: less memory, and fewer calls at once to a provider that limits them. Where a provider
limits new connections, the workers behind the first one are warm sooner.

What it does not buy: start-up time. Creating 8 workers takes 0.13 ms, so that creating 4 saves
nothing that anyone can notice; a pool is ready when its first worker is warm, and the others warm
behind it. \"30 s, 60 s, 75 s\" in LightRAG's log are limits of its workers, not how long they took.

What it costs: a task answers fewer queries at once, so that more tasks are needed for the same
load. Autoscaling by `requests_in_flight` should be lowered with it.

What changes: MAX_ASYNC, and the own number of a pool where that is greater."
    }

    fn is_on(&self, stack: &Stack) -> bool {
        stack.strategies.reduced_workers.is_some()
    }

    fn apply(&self, stack: &mut Stack) {
        let Some(settings) = stack.strategies.reduced_workers else { return };
        let pools = [
            &mut stack.service.max_async,
            &mut stack.models.embedding.workers,
            &mut stack.models.llm.workers,
        ];
        for workers in pools {
            *workers = settings.workers.min(*workers);
        }
    }
}
