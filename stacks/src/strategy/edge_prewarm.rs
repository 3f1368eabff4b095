//! Have a cold back end warm itself, and tell its callers when to come again.

use super::Strategy;
use crate::stack::Stack;

/// `edge-prewarm`: what stands before the balancer sees that the back end is cold.
#[derive(Clone, Copy, Debug)]
pub struct EdgePrewarm;

impl Strategy for EdgePrewarm {
    fn name(&self) -> &'static str {
        "edge-prewarm"
    }

    fn summary(&self) -> &'static str {
        "warm a cold back end, and tell its callers when to come again"
    }

    fn explain(&self) -> &'static str {
        "\
Where the answer would be 502, 503 or 504, the service is asked to warm itself: `POST /warmup`,
awaited for `limit`, 1 s unless the file says otherwise. If it says that it is warm, the answer was
its own, and passes untouched. Else the caller gets 503 with `Retry-After` (`retry_after`, 30 s) and
is told which pool is ready.

What it buys: nobody waits on a connection that says nothing, and nobody gets a bare 502. Each
caller of a cold back end starts its warm-up, so that who comes again finds it warm. It works for
POST, which CloudFront's own failover to a second origin does not.

What it does not buy: the first real answer comes no sooner, and a client that does not come again
gets none. Pools that are cold in a task that answers are seen only once an answer fails. Where
`async-init` answers 202, there is no failure to see.

What it costs: a call of at most `limit` before each 503. On AWS also CloudFront's requests and
traffic, and a call of the function for each answer (`ragctl cost`).

What changes: on this machine, the load balancer does what a function at the edge would, and `idle`
sends a caller away at once instead of holding the request. On AWS, clients reach the service by a
distribution of CloudFront, which waits 120 s at most for an answer; its function calls `/warmup`
with a key that ragctl makes, and that is no client's. Taking it down takes two steps: AWS removes a
function's copies within hours, and a later `ragctl deploy` or `destroy` removes what was left."
    }

    fn is_on(&self, stack: &Stack) -> bool {
        stack.strategies.edge_prewarm.is_some()
    }

    fn apply(&self, stack: &mut Stack) {
        if let Some(settings) = &stack.strategies.edge_prewarm {
            stack.edge = Some(settings.clone());
        }
    }
}
