//! Tasks: how they come, are found healthy or not, and go.

use std::time::Duration;

use super::World;
use crate::{
    shape::Warming,
    simulate::{
        agenda::Due,
        happening::{Failed, Happening, Watch},
        task::{Course, Task, TaskId, WarmedFor, Warmth},
    },
    timing::{
        container_check::{Check, ContainerCheck, ContainerHealth, FirstCheck},
        crew::{Seen, ails, first_to_go, steady},
        health::{Health, Probe, TargetHealth},
    },
};

/// For how long a task is paid for at least on Fargate.
///
/// Source: <https://aws.amazon.com/fargate/pricing/>
const LEAST_PAID: Duration = Duration::from_secs(60);

impl<W: Watch> World<'_, W> {
    /// A task that has been there since before the beginning.
    pub(super) fn has_run_for_long(&mut self) {
        let check = &self.shape.check;
        let mut target = TargetHealth::registered(self.run.now, check, check.interval);
        target.begin(self.run.now);
        target.ended(Probe::Passed);
        let id = self.next_task();
        self.run.tally.task_paid(self.run.now);
        self.crew.push(Task {
            running: Some(self.run.now),
            paid: Some(self.run.now),
            is_bound: true,
            warmth: Warmth::Warm,
            workers: match self.shape.warming {
                Warming::OnFirstQuery => 1,
                Warming::AtStart | Warming::Behind => self.shape.workers as usize,
            },
            target: Some(target),
            ..Task::new(id)
        });
        self.run.happens(Happening::TaskWanted { task: id.0 });
        self.run.happens(Happening::TaskPaid { task: id.0 });
        self.run.happens(Happening::TaskHealthy { task: id.0 });
    }

    fn next_task(&mut self) -> TaskId {
        self.started += 1;
        TaskId(self.started)
    }

    /// Starts tasks and lets them go, so that there are as many as there should be.
    pub(super) fn move_tasks(&mut self) {
        let seen: Vec<Seen<TaskId>> = self
            .crew
            .iter()
            .map(|it| Seen { id: it.id, standing: it.standing(), is_wanted: true })
            .collect();
        let desired = self.desired();
        let most = u64::from(desired) * u64::from(self.shape.maximum_percent) / 100;
        let work = steady(&seen, desired, u32::try_from(most).unwrap_or(u32::MAX));
        for id in first_to_go(&seen, true, work.drain_wanted) {
            self.leave(id);
        }
        for _ in 0..work.start {
            if self.run.now >= self.gate {
                self.start();
            }
        }
    }

    fn start(&mut self) {
        let id = self.next_task();
        self.crew.push(Task::new(id));
        self.run.tally.work.started += 1;
        self.run.happens(Happening::TaskWanted { task: id.0 });
        if self.is_on_machine() {
            self.pulls(id);
        } else {
            let placed = self.run.scenario.times.place.draw(&mut self.run.chance);
            self.run.note(placed, Due::Pulling(id));
        }
    }

    /// From here on it is paid for.
    ///
    /// Source: <https://aws.amazon.com/fargate/pricing/>
    pub(super) fn pulls(&mut self, id: TaskId) {
        let (now, times) = (self.run.now, &self.run.scenario.times);
        let runs = times.pull.draw(&mut self.run.chance) + times.start.draw(&mut self.run.chance);
        let Some(task) = self.task(id) else { return };
        task.paid = Some(now);
        self.run.tally.task_paid(now);
        self.run.happens(Happening::TaskPaid { task: id.0 });
        self.run.note(runs, Due::Running(id));
    }

    pub(super) fn runs(&mut self, id: TaskId) {
        let bound = self.run.scenario.times.bind.draw(&mut self.run.chance);
        let (now, on_machine) = (self.run.now, self.is_on_machine());
        let check =
            ContainerCheck::started(now, &self.shape.container_check, FirstCheck::AfterInterval);
        let grace = self.shape.grace;
        let Some(task) = self.task(id) else { return };
        task.running = Some(now);
        let first_check = check.due();
        task.check = Some(check);
        self.run.note(bound, Due::Bound(id));
        self.run.note(grace, Due::GraceOver(id));
        self.run.agenda.note(first_check, Due::Check(id));
        if !on_machine {
            self.register(id);
        }
    }

    pub(super) fn listens(&mut self, id: TaskId) {
        let Some(task) = self.task(id) else { return };
        task.is_bound = true;
        if self.shape.warming != Warming::OnFirstQuery {
            self.warm_up(id, WarmedFor::All);
        }
        if self.is_on_machine() {
            self.register(id);
        }
    }

    /// The pools of a task are warmed, unless they are already.
    pub(super) fn warm_up(&mut self, id: TaskId, why: WarmedFor) {
        let warm = &self.run.scenario.times.warm;
        let [first, others] = [(); 2].map(|()| warm.draw(&mut self.run.chance));
        let Some(task) = self.task(id) else { return };
        if !task.is_bound || task.warmth != Warmth::Cold {
            return;
        }
        task.warmth = Warmth::Warming;
        match why {
            WarmedFor::All => {
                self.run.note(first, Due::Warm(id));
                self.run.note(first + others, Due::AllWarm(id));
            }
            WarmedFor::One => self.run.note(2 * first, Due::Warm(id)),
        }
    }

    pub(super) fn are_all_warm(&mut self, id: TaskId) {
        let workers = self.shape.workers as usize;
        if let Some(task) = self.task(id) {
            task.workers = workers;
        }
    }

    pub(super) fn is_warm(&mut self, id: TaskId) {
        let Some(task) = self.task(id) else { return };
        task.warmth = Warmth::Warm;
        task.workers = 1;
        self.work(id);
    }

    fn register(&mut self, id: TaskId) {
        let first = self.run.scenario.first_probes(self.shape);
        let target = TargetHealth::registered(self.run.now, &self.shape.check, first);
        let due = target.due();
        let Some(task) = self.task(id).filter(|it| it.course != Course::Drains) else { return };
        task.target = Some(target);
        self.run.agenda.note(due, Due::Probe(id));
        self.reopen();
    }

    /// The balancer probes a task, until it is healthy: nothing that is simulated makes it ill then.
    pub(super) fn probe(&mut self, id: TaskId) {
        let (now, waits) = (self.run.now, self.shape.waits_for_warm());
        let Some(task) = self.task(id).filter(|it| it.course != Course::Drains) else { return };
        let passes = task.is_bound && (!waits || task.warmth == Warmth::Warm);
        let Some(target) = task.target.as_mut() else { return };
        target.begin(now);
        let changed = target.ended(if passes { Probe::Passed } else { Probe::Failed });
        let (health, due) = (target.health(), target.due());
        if health != Health::Healthy {
            self.run.agenda.note(due, Due::Probe(id));
        }
        if let Some(health) = changed {
            if health == Health::Healthy {
                self.got_healthy(id);
            }
            self.reopen();
            self.look_whether_it_ails(id);
        }
    }

    fn got_healthy(&mut self, id: TaskId) {
        self.run.happens(Happening::TaskHealthy { task: id.0 });
        if let Some(idle) = self.idle.as_mut() {
            idle.healthy(self.run.now);
        }
        self.move_tasks();
    }

    /// A task checks itself, until that passes.
    pub(super) fn check(&mut self, id: TaskId) {
        let now = self.run.now;
        let Some(task) = self.task(id).filter(|it| it.course == Course::Stays) else { return };
        let passes = task.is_bound;
        let Some(check) = task.check.as_mut() else { return };
        check.ended(now, if passes { Check::Passed } else { Check::Failed });
        let (health, due) = (check.health(), check.due());
        if health != ContainerHealth::Healthy {
            self.run.agenda.note(due, Due::Check(id));
            self.look_whether_it_ails(id);
        }
    }

    /// Whether a task has failed its checks, and its time of grace is over.
    pub(super) fn look_whether_it_ails(&mut self, id: TaskId) {
        let (now, grace) = (self.run.now, self.shape.grace);
        let Some(task) = self.task(id).filter(|it| it.course == Course::Stays) else { return };
        let is_over = task.running.is_some_and(|it| now >= it.saturating_add(grace));
        let target = task.health().map(|it| (it, None));
        if !is_over || ails(target, task.own_health()).is_none() {
            return;
        }
        task.course = Course::Ails;
        self.run.tally.work.unhealthy += 1;
        self.run.happens(Happening::TaskFailed { task: id.0 });
        if self.is_on_machine() {
            let wait = self.backoff.failed();
            self.gate = now.saturating_add(wait);
            self.run.note(wait, Due::GateOpens);
        }
        // ECS does not wait between tasks that have run:
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
        self.move_tasks();
    }

    fn leave(&mut self, id: TaskId) {
        let delay = self.shape.deregistration_delay;
        let Some(task) = self.task(id).filter(|it| it.course != Course::Drains) else { return };
        task.course = Course::Drains;
        let was_registered = task.target.is_some();
        self.run.happens(Happening::TaskLeaves { task: id.0 });
        self.reopen();
        if was_registered {
            self.run.note(delay, Due::Drained(id));
            self.leave_if_done(id);
        } else {
            self.gone(id);
        }
    }

    /// On this machine, a task that leaves is stopped as soon as it has answered; ECS waits until the delay is over.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html>
    pub(super) fn leave_if_done(&mut self, id: TaskId) {
        let on_machine = self.is_on_machine();
        let is_done =
            self.task(id).is_some_and(|it| it.course == Course::Drains && it.in_flight() == 0);
        if on_machine && is_done {
            self.gone(id);
        }
    }

    pub(super) fn gone(&mut self, id: TaskId) {
        let Some(place) = self.place_of(id) else { return };
        let task = self.crew.remove(place);
        for request in task.answering.into_iter().chain(task.waiting) {
            self.fails(request, Failed::CutOff);
        }
        if let Some(since) = task.paid {
            let least = if self.is_on_machine() { Duration::ZERO } else { LEAST_PAID };
            self.run.tally.task_gone(since, self.run.now, least);
        }
        self.run.happens(Happening::TaskGone { task: id.0 });
        self.reopen();
        self.move_tasks();
    }
}
