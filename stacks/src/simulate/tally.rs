//! What is counted as a simulation goes on. It is as large at its end as at its beginning.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;

use super::{
    callers::Request,
    day::Day,
    happening::Failed,
    scenario::Scenario,
    simulated::{Latency, Simulated, Work},
};

/// The longest latency that is told apart from a longer one, in microseconds: a day.
const LONGEST_US: u64 = 24 * 3600 * 1_000_000;

/// What is counted.
pub(super) struct Tally {
    /// Until when tasks are paid for, and slots are told.
    length: Duration,
    /// Until when all is counted that passes.
    counted: Duration,
    tasks: u32,
    is_asleep: bool,
    paid: Duration,
    asleep: Duration,
    requests: u64,
    answered: u64,
    cold: u64,
    told_to_wait: u64,
    failed: BTreeMap<Failed, u64>,
    cold_latency: Histogram<u64>,
    warm_latency: Histogram<u64>,
    pub(super) work: Work,
    pub(super) day: Day,
}

impl Tally {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let histogram =
            || Histogram::new_with_bounds(1, LONGEST_US, 3).expect("these bounds are bounds");
        Self {
            length: scenario.length,
            counted: Duration::ZERO,
            tasks: 0,
            is_asleep: false,
            paid: Duration::ZERO,
            asleep: Duration::ZERO,
            requests: 0,
            answered: 0,
            cold: 0,
            told_to_wait: 0,
            failed: BTreeMap::new(),
            cold_latency: histogram(),
            warm_latency: histogram(),
            work: Work::default(),
            day: Day::new(scenario.day, scenario.weekday()),
        }
    }

    /// Counts what has passed by `at`. After the end nothing counts: what happens then only ends what was begun.
    fn passes(&mut self, at: Duration) {
        let at = at.min(self.length);
        let Some(passed) = at.checked_sub(self.counted) else { return };
        self.day.passes(self.counted, at, self.tasks, self.is_asleep);
        self.paid += passed * self.tasks;
        if self.is_asleep {
            self.asleep += passed;
        }
        self.counted = at;
    }

    /// One task more is paid for.
    pub(super) fn task_paid(&mut self, at: Duration) {
        self.passes(at);
        self.tasks += 1;
        self.work.most = self.work.most.max(self.tasks);
    }

    /// A task is not paid for any more that was `since`, and for `least` at least.
    pub(super) fn task_gone(&mut self, since: Duration, at: Duration, least: Duration) {
        self.passes(at);
        self.tasks -= 1;
        if at <= self.length {
            self.paid += least.saturating_sub(at - since);
        }
    }

    /// The service sleeps from now on, or is awake.
    pub(super) fn sleeps(&mut self, at: Duration, asleep: bool) {
        self.passes(at);
        self.is_asleep = asleep;
    }

    /// Hours in which something worked that is paid for by its work.
    pub(super) fn worked(&mut self, time: Duration) {
        self.paid += time;
    }

    pub(super) fn asked(&mut self, at: Duration) {
        self.requests += 1;
        if let Some(slot) = self.day.at(at) {
            slot.requests += 1;
        }
    }

    pub(super) fn told_to_wait(&mut self) {
        self.told_to_wait += 1;
    }

    pub(super) fn answered(&mut self, request: &Request, at: Duration) {
        self.answered += 1;
        let micros = u64::try_from((at - request.asked).as_micros()).unwrap_or(LONGEST_US);
        if request.is_cold {
            self.cold += 1;
            self.cold_latency.saturating_record(micros.max(1));
            if let Some(slot) = self.day.at(at) {
                slot.cold += 1;
            }
        } else {
            self.warm_latency.saturating_record(micros.max(1));
        }
    }

    pub(super) fn failed(&mut self, request: &Request, why: Failed) {
        self.cold += u64::from(request.is_cold);
        *self.failed.entry(why).or_default() += 1;
    }

    pub(super) fn simulated(mut self, scenario: &Scenario) -> Simulated {
        self.passes(self.length);
        let hours = |it: Duration| it.as_secs_f64() / 3600.0;
        let mut all = self.cold_latency.clone();
        all.add(&self.warm_latency).expect("both have the same bounds");
        Simulated {
            traffic: scenario.traffic.to_string(),
            seed: scenario.seed,
            days: hours(self.length) / 24.0,
            requests: self.requests,
            answered: self.answered,
            failed: self.failed,
            cold: self.cold,
            told_to_wait: self.told_to_wait,
            latency: latency(&all),
            curve: curve(&all),
            cold_latency: latency(&self.cold_latency),
            warm_latency: latency(&self.warm_latency),
            work: Work {
                task_hours: hours(self.paid),
                asleep_hours: hours(self.asleep),
                ..self.work
            },
            day: self.day,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "latencies are below 2^53 microseconds")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn curve(of: &Histogram<u64>) -> Vec<f64> {
    let percents = (0..100).map(f64::from).chain([99.9, 100.0]);
    let all = percents.map(|it| seconds(of.value_at_percentile(it)));
    if of.is_empty() { Vec::new() } else { all.collect() }
}

/// None where there is nothing.
fn latency(of: &Histogram<u64>) -> Option<Latency> {
    let at = |percent: f64| seconds(of.value_at_percentile(percent));
    (!of.is_empty()).then(|| Latency {
        mean: of.mean() / 1e6,
        p50: at(50.0),
        p95: at(95.0),
        p99: at(99.0),
        most: seconds(of.max()),
    })
}
