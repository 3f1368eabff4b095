//! What is told while something goes on: in place on a terminal, plain lines off it, on stderr.

mod steps;
mod wait;

pub(crate) use self::{steps::Steps, wait::Wait};

use std::{future::Future, io::IsTerminal, pin::pin, time::Duration};

use tokio::time::{Instant, interval_at, timeout};

/// Off a terminal, something is said at least this often, so that nobody (and no CI runner) thinks that it hangs.
const SAID_AT_LEAST: Duration = Duration::from_secs(30);

/// How often it is looked whether something should be said.
const TICK: Duration = Duration::from_millis(250);

/// What is done sooner than this is not seen to turn on a terminal.
const AT_ONCE: Duration = Duration::from_millis(200);

/// What is done sooner than this needs no line, off a terminal, that it has begun.
const SOON: Duration = Duration::from_secs(1);

/// How often what turns on a terminal turns.
const TURN: Duration = Duration::from_millis(100);

/// Something that can say that it still goes on.
pub(crate) trait Ticking {
    /// Says so, if it is time to.
    fn tick(&self);
}

/// Waits for `future`, and lets `told` say meanwhile that it goes on.
pub(crate) async fn during<T>(told: &impl Ticking, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut ticks = interval_at(Instant::now() + TICK, TICK);
    loop {
        tokio::select! {
            biased;
            done = &mut future => return done,
            _ = ticks.tick() => told.tick(),
        }
    }
}

/// Waits for what is mostly done at once; else it is said what is waited for.
pub(crate) async fn waiting<T>(words: &str, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    if let Ok(done) = timeout(AT_ONCE, &mut future).await {
        return done;
    }
    let told = Wait::open();
    told.hint(words);
    during(&told, future).await
}

fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}
