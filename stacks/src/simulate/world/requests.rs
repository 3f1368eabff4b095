//! Requests: who gets them, and what they get.

use std::time::Duration;

use super::{Leads, World};
use crate::{
    budget::{RETRY_WHILE_WAKING, RETRY_WHILE_WARMING},
    resource::{Algorithm, WhileWaking},
    shape::Warming,
    simulate::{
        agenda::Due,
        callers::RequestId,
        happening::{Failed, Happening, Watch},
        task::{Course, Task, TaskId, WarmedFor, Warmth},
    },
    timing::health::Health,
};

/// The most requests that a task lets wait: the service's `MAX_QUEUE`. See `docs/reference/service.md`.
const QUEUE: usize = 1000;

/// The most requests that this machine's balancer holds.
const HELD: usize = 1024;

/// What the function that wakes says in `Retry-After` when a task is healthy already, in seconds.
const RETRY_WHILE_OPENING: f64 = 5.0;

impl<W: Watch> World<'_, W> {
    pub(super) fn arrives(&mut self) {
        let request = self.run.asks();
        self.ask(request);
    }

    /// A caller stands before the stack.
    pub(super) fn ask(&mut self, request: RequestId) {
        self.minute.flies(self.run.now, self.in_flight);
        self.in_flight += 1;
        self.activity.last_user = Some(self.run.now);
        if self.leads == Leads::ToDoor {
            return self.stand_at_the_door(request);
        }
        match self.pick() {
            Some(place) => self.give(place, request),
            None => self.find_nobody(request),
        }
    }

    /// The task for the next request, by its place.
    fn pick(&mut self) -> Option<usize> {
        // Where the service sleeps, a task that was never probed is starting, and does not count.
        let waits = self.idle.is_some() && self.is_on_machine();
        let is_known = |it: &Task| it.health() != Some(Health::Initial);
        if waits && !self.open.iter().any(|it| is_known(&self.crew[*it])) {
            return None;
        }
        let count = self.open.len();
        let turn = self.turn;
        self.turn = turn.wrapping_add(1);
        let mut in_turn = (0..count).map(|step| self.open[turn.wrapping_add(step) % count]);
        match self.shape.algorithm {
            Algorithm::RoundRobin => in_turn.next(),
            Algorithm::LeastOutstandingRequests => {
                in_turn.min_by_key(|it| self.crew[*it].in_flight())
            }
        }
    }

    /// Finds those that get requests: the healthy; when there is none, all but the draining, as load balancers do.
    pub(super) fn reopen(&mut self) {
        let which = |fits: fn(&Task) -> bool| {
            let all = self.crew.iter().enumerate();
            all.filter(|(_, it)| fits(it)).map(|(place, _)| place).collect::<Vec<_>>()
        };
        self.open = which(|it| it.course != Course::Drains && it.health() == Some(Health::Healthy));
        if self.open.is_empty() {
            self.open = which(Task::is_registered);
        }
        self.let_in();
    }

    /// Requests that are held get a task, once there is one.
    fn let_in(&mut self) {
        while !self.held.is_empty() {
            let Some(place) = self.pick() else { return };
            if let Some(request) = self.held.pop_front() {
                self.give(place, request);
            }
        }
    }

    /// The load balancer passes a request on to a task.
    fn give(&mut self, place: usize, request: RequestId) {
        if self.run.callers.find(request).is_none() {
            return;
        }
        self.minute.requests += 1;
        let task = &self.crew[place];
        let (id, is_bound, warmth) = (task.id, task.is_bound, task.warmth);
        let is_healthy = task.health() == Some(Health::Healthy);
        if let Some(retry) = self.shape.edge
            && !is_healthy
            && warmth != Warmth::Warm
        {
            // `POST /warmup` of what stands at the edge.
            self.warm_up(id, WarmedFor::All);
            return self.tell_to_wait(request, retry);
        }
        if !is_bound {
            return self.fails(request, Failed::NotListening);
        }
        match (self.shape.warming, warmth) {
            (_, Warmth::Warm) => {}
            (Warming::Behind, _) => {
                return self.tell_to_wait(request, Duration::from_secs_f64(RETRY_WHILE_WARMING));
            }
            (Warming::AtStart, _) => self.run.meets_cold_start(request),
            (Warming::OnFirstQuery, _) => {
                self.run.meets_cold_start(request);
                self.warm_up(id, WarmedFor::One);
            }
        }
        let Some(task) = self.task(id) else { return };
        if task.waiting.len() >= QUEUE {
            return self.fails(request, Failed::TooMany);
        }
        task.waiting.push_back(request);
        self.work(id);
    }

    /// A task takes up what waits, as far as it has workers.
    pub(super) fn work(&mut self, id: TaskId) {
        let (now, workers) = (self.run.now, self.shape.workers as usize);
        loop {
            let Some(task) = self.task(id) else { return };
            let busy = task.answering.len();
            if task.warmth != Warmth::Warm || busy >= workers {
                return;
            }
            let Some(request) = task.waiting.pop_front() else { return };
            let Some(asked) = self.run.callers.find(request).map(|it| it.asked) else { continue };
            if now - asked > self.run.scenario.patience {
                self.fails(request, Failed::GaveUp);
                continue;
            }
            let times = &self.run.scenario.times;
            let mut takes = times.answer.draw(&mut self.run.chance);
            let connects = times.warm.draw(&mut self.run.chance);
            if let Some(task) = self.task(id) {
                task.answering.push(request);
                if busy >= task.workers {
                    task.workers += 1;
                    takes += connects;
                }
            }
            self.run.note(takes, Due::Answer(id, request));
        }
    }

    pub(super) fn answers(&mut self, id: TaskId, request: RequestId) {
        let Some(task) = self.task(id) else { return };
        task.answering.retain(|it| *it != request);
        self.ends();
        if !self.run.gets_answer(request) {
            return;
        }
        self.minute.answers += 1;
        if self.is_on_machine() {
            self.activity.last_user = Some(self.run.now);
        }
        self.work(id);
        self.leave_if_done(id);
    }

    /// No task may have a request.
    fn find_nobody(&mut self, request: RequestId) {
        match self.shape.idle.filter(|_| self.is_on_machine()).map(|it| it.while_waking) {
            Some(WhileWaking::Hold(bound)) => self.hold(request, bound),
            Some(WhileWaking::Accept) => {
                self.ring();
                self.tell_to_wait(request, Duration::from_secs_f64(RETRY_WHILE_WARMING));
            }
            Some(WhileWaking::Refuse) => {
                self.ring();
                let usual = Duration::from_secs_f64(RETRY_WHILE_WAKING);
                self.tell_to_wait(request, self.shape.edge.unwrap_or(usual));
            }
            None => match self.shape.edge {
                Some(retry) => self.tell_to_wait(request, retry),
                None => {
                    self.run.meets_cold_start(request);
                    self.fails(request, Failed::NoTask);
                }
            },
        }
    }

    /// The function that wakes has a request.
    fn stand_at_the_door(&mut self, request: RequestId) {
        let is_healthy = self.crew.iter().any(Task::is_healthy);
        self.ring();
        let accepts = self.shape.idle.is_some_and(|it| it.while_waking == WhileWaking::Accept);
        let seconds = match (is_healthy, accepts) {
            (true, _) => RETRY_WHILE_OPENING,
            (false, true) => RETRY_WHILE_WARMING,
            (false, false) => RETRY_WHILE_WAKING,
        };
        if is_healthy {
            self.leads = Leads::ToTasks;
        }
        self.tell_to_wait(request, self.shape.edge.unwrap_or(Duration::from_secs_f64(seconds)));
    }

    fn hold(&mut self, request: RequestId, bound: Duration) {
        self.run.meets_cold_start(request);
        self.ring();
        if self.held.len() >= HELD {
            return self.fails(request, Failed::TooMany);
        }
        self.held.push_back(request);
        self.run.note(bound, Due::HeldTooLong(request));
    }

    pub(super) fn held_too_long(&mut self, request: RequestId) {
        let Some(at) = self.held.iter().position(|it| *it == request) else { return };
        self.held.remove(at);
        self.tell_to_wait(request, Duration::from_secs_f64(RETRY_WHILE_WARMING));
    }

    /// A caller is told to come again, which it does unless it has waited too long by then.
    fn tell_to_wait(&mut self, request: RequestId, retry: Duration) {
        self.run.meets_cold_start(request);
        let Some(asked) = self.run.callers.find(request).map(|it| it.asked) else { return };
        self.run.tally.told_to_wait();
        self.run.happens(Happening::ToldToWait { seconds: retry.as_secs() });
        if self.run.now + retry - asked > self.run.scenario.patience {
            return self.fails(request, Failed::GaveUp);
        }
        self.ends();
        self.run.note(retry, Due::Again(request));
    }

    pub(super) fn fails(&mut self, request: RequestId, why: Failed) {
        let Some(failed) = self.run.callers.end(request) else { return };
        self.ends();
        self.run.tally.failed(&failed, why);
        self.run.happens(Happening::Failed { why });
    }

    /// The stack has a request no more.
    fn ends(&mut self) {
        self.minute.flies(self.run.now, self.in_flight);
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}
