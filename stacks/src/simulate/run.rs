//! What every simulation has: a clock, what is due, chance, those who ask, and what is counted.

use std::time::Duration;

use super::{
    agenda::{Agenda, Due},
    callers::{Callers, Request, RequestId},
    happening::{Happening, Watch},
    scenario::Scenario,
    tally::Tally,
};
use crate::{stack::Schedule, traffic::Arrivals};

/// Sets the stack's chance apart from that of the traffic, so that neither depends on the other.
const OF_STACK: u64 = 0x5eed_0f7a_5c5a_11ed;

/// A simulation as far as it has come, whatever is simulated.
pub(super) struct Run<'a, W> {
    pub(super) scenario: &'a Scenario,
    pub(super) now: Duration,
    pub(super) agenda: Agenda,
    pub(super) chance: fastrand::Rng,
    pub(super) tally: Tally,
    pub(super) callers: Callers,
    arrivals: Arrivals,
    watch: &'a mut W,
}

impl<'a, W: Watch> Run<'a, W> {
    pub(super) fn new(scenario: &'a Scenario, watch: &'a mut W) -> Self {
        Self {
            scenario,
            now: Duration::ZERO,
            agenda: Agenda::default(),
            chance: fastrand::Rng::with_seed(scenario.seed ^ OF_STACK),
            tally: Tally::new(scenario),
            callers: Callers::default(),
            arrivals: scenario.traffic.arrivals(scenario.seed, scenario.length),
            watch,
        }
    }

    /// Goes on to what is due next; none at the end, when nobody waits for an answer any more.
    pub(super) fn next(&mut self) -> Option<Due> {
        let (at, due) = self.agenda.next()?;
        debug_assert!(at >= self.now, "time goes back: {at:?} after {:?}", self.now);
        self.now = at;
        let is_over = at >= self.scenario.length && self.callers.count() == 0;
        (!is_over).then_some(due)
    }

    pub(super) fn happens(&mut self, what: Happening) {
        self.watch.happened(self.now, what);
    }

    pub(super) fn note(&mut self, after: Duration, due: Due) {
        self.agenda.note(self.now + after, due);
    }

    /// Notes when a schedule holds next.
    pub(super) fn note_next(&mut self, schedule: Option<&Schedule>, due: Due) {
        if let Some(at) = self.scenario.next(schedule, self.now) {
            self.agenda.note(at, due);
        }
    }

    pub(super) fn note_arrival(&mut self) {
        if let Some(at) = self.arrivals.next() {
            self.agenda.note(at, Due::Arrival);
        }
    }

    /// Somebody asks.
    pub(super) fn asks(&mut self) -> RequestId {
        self.note_arrival();
        self.tally.asked(self.now);
        self.happens(Happening::Asked);
        self.callers.ask(self.now)
    }

    /// A caller has its answer; whether it waited for that still.
    pub(super) fn gets_answer(&mut self, request: RequestId) -> bool {
        let Some(answered @ Request { asked, is_cold, .. }) = self.callers.end(request) else {
            return false;
        };
        self.tally.answered(&answered, self.now);
        let asked_ms = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX);
        self.happens(Happening::Answered { asked_ms, cold: is_cold });
        true
    }

    /// A caller meets a cold start.
    pub(super) fn meets_cold_start(&mut self, request: RequestId) {
        if let Some(request) = self.callers.find(request) {
            request.is_cold = true;
        }
    }

    /// Keep-alive asks.
    pub(super) fn pings(&mut self) {
        self.tally.work.pings += u64::from(self.now < self.scenario.length);
        self.happens(Happening::Pinged);
    }
}
