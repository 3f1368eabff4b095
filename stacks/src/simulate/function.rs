//! A function of AWS Lambda: sandboxes that answer one request at a time.

use std::time::Duration;

use super::{
    agenda::Due, callers::RequestId, happening::Watch, run::Run, scenario::Scenario,
    simulated::Simulated,
};
use crate::shape::{Function, Warming};

/// How long a sandbox that nobody asks is kept, which AWS does not say. Assumed.
///
/// "It is difficult to predict": <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const KEPT: Duration = Duration::from_secs(420);

/// How long a ping keeps a sandbox busy. Assumed.
const PING: Duration = Duration::from_millis(10);

/// Runs a scenario of a function to its end.
pub(super) fn run<W: Watch>(scenario: &Scenario, function: &Function, watch: &mut W) -> Simulated {
    let mut sandboxes = Sandboxes {
        run: Run::new(scenario, watch),
        function,
        waiting: Vec::new(),
        ahead: function.ahead.unwrap_or(0),
        busy: 0,
    };
    sandboxes.run.note_arrival();
    sandboxes.note_ping();
    while let Some(due) = sandboxes.run.next() {
        sandboxes.comes(due);
    }
    sandboxes.run.tally.simulated(scenario)
}

/// All that there is.
struct Sandboxes<'a, W> {
    run: Run<'a, W>,
    function: &'a Function,
    /// Of those that were set up on demand and wait: since when, the longest first.
    waiting: Vec<Duration>,
    /// How many of those wait that are set up ahead.
    ahead: u32,
    busy: u32,
}

/// How a sandbox came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sandbox {
    /// It is set up before anybody asks, and stays.
    Ahead,
    /// A request that found none had it set up.
    OnDemand,
}

impl<W: Watch> Sandboxes<'_, W> {
    fn comes(&mut self, due: Due) {
        match due {
            Due::Arrival => {
                let request = self.run.asks();
                self.invoke(request);
            }
            Due::Ping => {
                self.note_ping();
                self.run.pings();
                self.ping();
            }
            Due::SandboxAnswer(sandbox, request) => self.answers(sandbox, request),
            // Nothing else is ever due here.
            _ => {}
        }
    }

    fn note_ping(&mut self) {
        self.run.note_next(self.function.ping.as_ref(), Due::Ping);
    }

    /// A sandbox takes the request: one that was set up ahead, one that has just been busy, or a new one.
    fn invoke(&mut self, request: RequestId) {
        self.forget();
        let mut takes = self.run.scenario.times.answer.draw(&mut self.run.chance);
        let sandbox = if self.ahead > 0 {
            self.ahead -= 1;
            Sandbox::Ahead
        } else {
            if self.waiting.pop().is_none() {
                takes += self.set_up();
                self.run.meets_cold_start(request);
            }
            Sandbox::OnDemand
        };
        self.busy += 1;
        self.run.tally.work.most = self.run.tally.work.most.max(self.busy);
        self.run.tally.worked(takes);
        self.run.note(takes, Due::SandboxAnswer(sandbox, request));
    }

    /// A ping keeps one sandbox warm, or sets one up; those that answer meanwhile are none the worse for it.
    fn ping(&mut self) {
        self.forget();
        let busy = if self.waiting.pop().is_some() {
            PING
        } else if self.ahead > 0 {
            return;
        } else {
            let set_up = self.set_up();
            self.run.tally.worked(set_up);
            set_up
        };
        // It is free again before anybody could look closer; its time counts from then.
        self.waits(self.run.now + busy);
    }

    fn answers(&mut self, sandbox: Sandbox, request: RequestId) {
        self.busy -= 1;
        match sandbox {
            Sandbox::Ahead => self.ahead += 1,
            Sandbox::OnDemand => self.waits(self.run.now),
        }
        self.run.gets_answer(request);
    }

    /// A sandbox that was set up on demand waits for somebody to ask.
    fn waits(&mut self, since: Duration) {
        let at = self.waiting.partition_point(|it| *it <= since);
        self.waiting.insert(at, since);
    }

    /// Sandboxes that nobody has asked for long are gone.
    fn forget(&mut self) {
        let now = self.run.now;
        self.waiting.retain(|since| now.saturating_sub(*since) < KEPT);
    }

    /// Sets one up; how long that takes.
    fn set_up(&mut self) -> Duration {
        let Run { scenario, chance, tally, .. } = &mut self.run;
        tally.work.started += 1;
        let times = &scenario.times;
        let warm = times.warm.draw(chance);
        let warm = match self.function.warming {
            Warming::OnFirstQuery => 2 * warm,
            Warming::AtStart | Warming::Behind => warm,
        };
        [&times.place, &times.pull, &times.start, &times.bind]
            .into_iter()
            .map(|it| it.draw(chance))
            .sum::<Duration>()
            + warm
    }
}
