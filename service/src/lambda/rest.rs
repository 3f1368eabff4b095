//! What is left to do when the answer is gone, before the process asks for the next event and stands still.
//!
//! Lambda hands the answer on as soon as it has it, and lets the process go on until it asks for the next event; the time
//! counts as the invocation's.
//! <https://aws.amazon.com/blogs/compute/running-code-after-returning-a-response-from-an-aws-lambda-function/>
//!
//! - Documents that were taken are worked on to their end; what is not done when time is up stands still with the process and
//!   goes on at the next event, for which its claim is made to last.
//! - A warm-up that has begun is waited for.
//! - Spans leave.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout, timeout_at};

use crate::{app::App, traces::Traces};

/// How long spans may take to leave. A collector that is slower than that loses nothing, as long as there is a next event.
const LONGEST_FLUSH: Duration = Duration::from_millis(500);

/// How long claims may take to be renewed.
const LONGEST_HOLD: Duration = Duration::from_millis(200);

/// Does what is left, until `end` at the latest.
pub(super) async fn finish(app: &App, traces: Option<&Arc<Traces>>, end: Instant) {
    let traces = traces.filter(|traces| traces.is_batched());
    let flush = if traces.is_some() { LONGEST_FLUSH } else { Duration::ZERO };
    let work = async {
        tokio::join!(app.embedding.settled(), app.llm.settled(), app.ingest.until_idle());
    };
    let work_end = (end - flush - LONGEST_HOLD).max(Instant::now());
    if timeout_at(work_end, work).await.is_err() {
        tracing::info!("time is up before all work is done; it goes on at the next event");
    }
    if let Some(traces) = traces {
        traces.flush_within(flush).await;
    }
    // Last, for while the process runs claims are made to be short. Nothing to do but where documents are in hand.
    timeout(LONGEST_HOLD, app.ingest.hold()).await.ok();
}
