//! What happens because time passes: tasks added and removed, sleep and wake, pings.

use std::time::Duration;

use super::{Leads, World};
use crate::{
    resource::Metric,
    shape::Wake,
    simulate::{
        agenda::Due,
        happening::{Happening, Watch},
        task::{Course, Task},
    },
    timing::{
        idle::{Activity, Deployment},
        scaling::{Bounds, PERIOD, Scaler},
    },
};

/// What autoscaling is told of a minute.
#[derive(Debug, Default)]
pub(super) struct Minute {
    /// Requests that tasks got.
    pub(super) requests: u32,
    /// Answers that they gave.
    pub(super) answers: u32,
    /// Seconds of requests in flight, of all of them together.
    flown: f64,
    since: Duration,
    /// When it is over, where that is noted.
    end: Duration,
}

impl Minute {
    /// Until now, so many requests were in flight.
    pub(super) fn flies(&mut self, now: Duration, in_flight: u32) {
        self.flown += (now - self.since).as_secs_f64() * f64::from(in_flight);
        self.since = now;
    }
}

impl<W: Watch> World<'_, W> {
    /// Begins to count anew, until the end of the minute. A service that wakes in the minute in which it fell asleep has noted that already.
    pub(super) fn note_minute(&mut self) {
        let minutes = self.run.now.as_secs() / PERIOD.as_secs() + 1;
        let end = PERIOD * u32::try_from(minutes).unwrap_or(u32::MAX);
        if self.minute.end != end {
            self.run.agenda.note(end, Due::Minute);
        }
        self.minute = Minute { since: self.run.now, end, ..Minute::default() };
    }

    pub(super) fn minute_is_over(&mut self) {
        if self.is_asleep() {
            return;
        }
        self.minute.flies(self.run.now, self.in_flight);
        let tasks = self.crew.iter().filter(|it| it.course != Course::Drains).count();
        if let Some(tasks) = u32::try_from(tasks).ok().filter(|it| *it > 0).map(f64::from) {
            self.observe(tasks);
        }
        if let Some(scaled) = self.scaler.next(self.run.now, Deployment::None) {
            self.run.happens(Happening::Scaled { from: scaled.from, to: scaled.to });
            self.move_tasks();
        }
        self.note_minute();
    }

    fn observe(&mut self, tasks: f64) {
        let minute = PERIOD.as_secs_f64();
        let cores = f64::from(self.shape.cpu) / 1024.0;
        let used = f64::from(self.minute.answers) * self.run.scenario.times.cpu;
        let measured = [
            (Metric::Cpu, 100.0 * used / (tasks * cores * minute)),
            (Metric::RequestsInFlight, self.minute.flown / minute / tasks),
            (Metric::RequestsPerMinute, f64::from(self.minute.requests) / tasks),
        ];
        // They belong to the minute that ends now, not to the one that begins.
        let within = self.run.now - Duration::from_nanos(1);
        for (metric, value) in measured {
            self.scaler.observe(within, metric, value);
        }
    }

    /// Somebody found nobody: the service is woken, once for all that ask.
    pub(super) fn ring(&mut self) {
        let now = self.run.now;
        if !self.idle.as_mut().is_some_and(|it| it.wake(now)) {
            return;
        }
        self.run.tally.work.wakes += 1;
        self.run.happens(Happening::Woke);
        if self.has_door() {
            self.is_woken_soon = true;
            let wakes = self.run.scenario.times.wake.draw(&mut self.run.chance);
            self.run.note(wakes, Due::Woken);
        } else {
            self.woken();
        }
    }

    pub(super) fn woken(&mut self) {
        self.is_woken_soon = false;
        self.run.tally.sleeps(self.run.now, false);
        let bounds = Bounds::new(self.shape.minimum, self.shape.maximum);
        // What was measured before it slept says nothing any more.
        self.scaler = Scaler::new(bounds, &self.shape.policies, bounds.hold(1).max(1));
        self.note_minute();
        self.note_sleep();
        self.note_tick();
        self.move_tasks();
    }

    fn has_door(&self) -> bool {
        self.shape.idle.is_some_and(|it| it.wake == Wake::Function)
    }

    /// On this machine, sleep comes when it is due; elsewhere a function looks for it.
    fn note_sleep(&mut self) {
        let due = self.idle.as_ref().and_then(|it| it.due());
        if let Some(due) = due.filter(|_| !self.has_door()) {
            self.run.agenda.note(due.max(self.run.now), Due::Sleep);
        }
    }

    pub(super) fn look_for_sleep(&mut self) {
        let seen = Activity { in_flight: self.in_flight, ..self.activity };
        self.sleep_if(seen);
        self.note_sleep();
    }

    fn sleep_if(&mut self, seen: Activity) {
        let now = self.run.now;
        if self.idle.as_mut().is_some_and(|it| it.fell_asleep(now, &seen, Deployment::None)) {
            self.run.tally.sleeps(now, true);
            self.run.happens(Happening::FellAsleep);
            if self.has_door() {
                self.leads = Leads::ToDoor;
            }
            self.move_tasks();
        }
    }

    pub(super) fn note_tick(&mut self) {
        if !self.is_asleep() {
            self.run.note_next(self.shape.tick.as_ref(), Due::Tick);
        }
    }

    /// The function looks whether the service may sleep: it knows the minutes in which requests came.
    pub(super) fn tick(&mut self) {
        if self.is_asleep() {
            return;
        }
        let is_healthy = self.crew.iter().any(Task::is_healthy);
        let is_registered = self.crew.iter().any(Task::is_registered);
        if is_healthy && self.leads == Leads::ToDoor {
            self.leads = Leads::ToTasks;
        } else if !is_registered && self.leads == Leads::ToTasks {
            self.leads = Leads::ToDoor;
        } else {
            let minutes = |it: Duration| {
                PERIOD * u32::try_from(it.as_secs() / PERIOD.as_secs() + 1).unwrap_or(u32::MAX)
            };
            let Activity { last_user, last_ping, .. } = self.activity;
            let (last_user, last_ping) = (last_user.map(minutes), last_ping.map(minutes));
            self.sleep_if(Activity { last_user, last_ping, in_flight: 0 });
        }
        self.note_tick();
    }

    pub(super) fn note_ping(&mut self) {
        self.run.note_next(self.shape.ping.as_ref(), Due::Ping);
    }

    /// Keep-alive asks: a service that sleeps is woken by it.
    pub(super) fn pings(&mut self) {
        self.note_ping();
        self.run.pings();
        self.activity.last_ping = Some(self.run.now);
        if self.leads == Leads::ToDoor || self.open.is_empty() {
            self.ring();
        }
    }
}
