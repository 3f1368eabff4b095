//! Listen at once, answer queries with 202 until warm.

use super::Strategy;
use crate::stack::Stack;

/// `async-init`: a query that comes too early learns so at once.
#[derive(Clone, Copy, Debug)]
pub struct AsyncInit;

impl Strategy for AsyncInit {
    fn name(&self) -> &'static str {
        "async-init"
    }

    fn summary(&self) -> &'static str {
        "listen at once, and answer queries with 202 until warm"
    }

    fn explain(&self) -> &'static str {
        "\
The service listens at once and warms both pools behind. Until both are warm, `/query` answers 202
with `Retry-After` and says which pool is ready.

What it buys: nobody waits for a connection that says nothing. The first answer of any kind comes
as soon as the process listens, and a client that asks again gets its answer when the pools are
warm.

What it does not buy: the first real answer comes no sooner, and a client that does not know 202
takes it for one. Placing a task and pulling its image, about 40 s on Fargate for 600 MB, stay as
they are.

What changes: ASYNC_INIT=true. The load balancer goes on asking `/health`, which answers 200 from
the start, so that a cold task gets requests. With `prewarm` on as well, the service listens and
warms in the same way, but the load balancer asks `/readyz`, and sends requests to warm tasks only."
    }

    fn is_on(&self, stack: &Stack) -> bool {
        stack.strategies.async_init.is_some()
    }

    fn apply(&self, stack: &mut Stack) {
        if self.is_on(stack) {
            stack.service.answer_while_warming = true;
        }
    }
}
