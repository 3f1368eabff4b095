//! A function of AWS Lambda: sandboxes that answer one request at a time.

use std::time::Duration;

use super::{
    agenda::{Agenda, Due},
    callers::{Callers, Request, RequestId},
    happening::{Happening, Watch},
    scenario::Scenario,
    simulated::Simulated,
    tally::Tally,
    task::TaskId,
};
use crate::{
    shape::{Function, Warming},
    traffic::Arrivals,
};

/// How long a sandbox that nobody asks is kept, which AWS does not say. Assumed.
///
/// "It is difficult to predict": <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const KEPT: Duration = Duration::from_secs(420);

/// How long a ping keeps a sandbox busy. Assumed.
const PING: Duration = Duration::from_millis(10);

/// Runs a scenario of a function to its end.
pub(super) fn run<W: Watch>(scenario: &Scenario, function: &Function, watch: &mut W) -> Simulated {
    let mut sandboxes = Sandboxes::new(scenario, function, watch);
    sandboxes.note_arrival();
    sandboxes.note_ping();
    while let Some((at, due)) = sandboxes.agenda.next() {
        debug_assert!(at >= sandboxes.now, "time goes back: {at:?} after {:?}", sandboxes.now);
        sandboxes.now = at;
        if at >= scenario.length && sandboxes.callers.count() == 0 {
            break;
        }
        sandboxes.comes(due);
    }
    sandboxes.tally.simulated(scenario)
}

struct Sandboxes<'a, W> {
    scenario: &'a Scenario,
    function: &'a Function,
    watch: &'a mut W,
    now: Duration,
    agenda: Agenda,
    chance: fastrand::Rng,
    tally: Tally,
    arrivals: Arrivals,
    callers: Callers,
    /// Of those that were set up on demand and wait: since when, the longest first.
    waiting: Vec<Duration>,
    /// How many of those wait that are set up ahead.
    ahead: u32,
    busy: u32,
}

/// Marks a sandbox that is set up ahead where a task's name stands.
const AHEAD: TaskId = TaskId(1);

/// Marks one that was set up on demand.
const ON_DEMAND: TaskId = TaskId(0);

impl<'a, W: Watch> Sandboxes<'a, W> {
    fn new(scenario: &'a Scenario, function: &'a Function, watch: &'a mut W) -> Self {
        Self {
            scenario,
            function,
            watch,
            now: Duration::ZERO,
            agenda: Agenda::default(),
            chance: fastrand::Rng::with_seed(scenario.seed),
            tally: Tally::new(scenario),
            arrivals: scenario.traffic.arrivals(scenario.seed, scenario.length),
            callers: Callers::default(),
            waiting: Vec::new(),
            ahead: function.ahead.unwrap_or(0),
            busy: 0,
        }
    }

    fn comes(&mut self, due: Due) {
        match due {
            Due::Arrival => {
                self.note_arrival();
                self.tally.asked(self.now);
                self.happens(Happening::Asked);
                let request = self.callers.ask(self.now);
                let answers = self.scenario.times.answer.draw(&mut self.chance);
                self.invoke(request, answers);
            }
            Due::Ping => {
                self.note_ping();
                self.tally.work.pings += u64::from(self.now < self.scenario.length);
                self.happens(Happening::Pinged);
                self.ping();
            }
            Due::Answer(sandbox, request) => self.answers(sandbox, request),
            // Nothing else is ever due here.
            _ => {}
        }
    }

    fn happens(&mut self, what: Happening) {
        self.watch.happened(self.now, what);
    }

    fn note_arrival(&mut self) {
        if let Some(at) = self.arrivals.next() {
            self.agenda.note(at, Due::Arrival);
        }
    }

    fn note_ping(&mut self) {
        if let Some(at) = self.scenario.next(self.function.ping.as_ref(), self.now) {
            self.agenda.note(at, Due::Ping);
        }
    }

    /// A sandbox takes the request: one that was set up ahead, one that has just been busy, or a new one.
    fn invoke(&mut self, request: RequestId, answers: Duration) {
        self.forget();
        let (sandbox, cold) = if self.ahead > 0 {
            self.ahead -= 1;
            (AHEAD, None)
        } else if self.waiting.pop().is_some() {
            (ON_DEMAND, None)
        } else {
            self.tally.work.started += 1;
            (ON_DEMAND, Some(self.set_up()))
        };
        if let (Some(_), Some(request)) = (cold, self.callers.find(request)) {
            request.is_cold = true;
        }
        self.busy += 1;
        self.tally.work.most = self.tally.work.most.max(self.busy);
        let takes = cold.unwrap_or_default() + answers;
        self.tally.worked(takes);
        self.agenda.note(self.now + takes, Due::Answer(sandbox, request));
    }

    /// A ping keeps one sandbox warm, or sets one up; those that answer meanwhile are none the worse for it.
    fn ping(&mut self) {
        self.forget();
        let free_at = if self.waiting.pop().is_some() {
            self.now + PING
        } else if self.ahead > 0 {
            return;
        } else {
            self.tally.work.started += 1;
            let set_up = self.set_up();
            self.tally.worked(set_up);
            self.now + set_up
        };
        // It is free again before anybody could look closer; its time counts from then.
        let at = self.waiting.partition_point(|it| *it <= free_at);
        self.waiting.insert(at, free_at);
    }

    fn answers(&mut self, sandbox: TaskId, request: RequestId) {
        self.busy -= 1;
        if sandbox == AHEAD {
            self.ahead += 1;
        } else {
            let at = self.waiting.partition_point(|it| *it <= self.now);
            self.waiting.insert(at, self.now);
        }
        let Some(answered @ Request { asked, is_cold, .. }) = self.callers.end(request) else {
            return;
        };
        self.tally.answered(&answered, self.now);
        let asked_ms = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX);
        self.happens(Happening::Answered { asked_ms, cold: is_cold });
    }

    /// Sandboxes that nobody has asked for long are gone.
    fn forget(&mut self) {
        let now = self.now;
        self.waiting.retain(|since| now.saturating_sub(*since) < KEPT);
    }

    /// How long setting one up takes.
    fn set_up(&mut self) -> Duration {
        let times = &self.scenario.times;
        let warm = times.warm.draw(&mut self.chance);
        let warm = match self.function.warming {
            Warming::OnFirstQuery => 2 * warm,
            Warming::AtStart | Warming::Behind => warm,
        };
        [&times.place, &times.pull, &times.start, &times.bind]
            .into_iter()
            .map(|it| it.draw(&mut self.chance))
            .sum::<Duration>()
            + warm
    }
}
