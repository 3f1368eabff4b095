//! Tasks behind a load balancer, as they are at one moment, and what becomes of them next.

mod crew;
mod pace;
mod requests;

use std::{collections::VecDeque, time::Duration};

use self::pace::Minute;
use super::{
    agenda::Due,
    callers::RequestId,
    happening::Watch,
    run::Run,
    scenario::Scenario,
    simulated::Simulated,
    task::{Task, TaskId},
};
use crate::{
    shape::{On, Tasks, Wake},
    timing::{
        backoff::Backoff,
        idle::{Activity, IdleTimer, Wakefulness},
        scaling::{Bounds, Scaler},
    },
};

/// Runs a scenario of tasks to its end.
pub(super) fn run<W: Watch>(scenario: &Scenario, tasks: &Tasks, watch: &mut W) -> Simulated {
    let mut world = World::new(Run::new(scenario, watch), tasks);
    world.begin();
    while let Some(due) = world.run.next() {
        world.comes(due);
    }
    world.run.tally.simulated(scenario)
}

/// All that there is.
struct World<'a, W> {
    run: Run<'a, W>,
    shape: &'a Tasks,
    /// Requests that the stack has: callers who are told to come again have none there meanwhile.
    in_flight: u32,
    /// Requests that wait for a task, in their order.
    held: VecDeque<RequestId>,
    /// In the order of their starts.
    crew: Vec<Task>,
    started: u64,
    /// The places in `crew` of those that get requests.
    open: Vec<usize>,
    turn: usize,
    /// When tasks may be started again after one that failed.
    gate: Duration,
    backoff: Backoff,
    scaler: Scaler,
    minute: Minute,
    idle: Option<IdleTimer>,
    activity: Activity,
    leads: Leads,
    is_woken_soon: bool,
}

/// Where the load balancer's rule leads, where a function wakes the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    ToTasks,
    ToDoor,
}

impl<'a, W: Watch> World<'a, W> {
    fn new(run: Run<'a, W>, shape: &'a Tasks) -> Self {
        let bounds = Bounds::new(shape.minimum, shape.maximum);
        let has_door = shape.idle.is_some_and(|it| it.wake == Wake::Function);
        Self {
            backoff: Backoff::new(run.scenario.seed),
            run,
            shape,
            in_flight: 0,
            held: VecDeque::new(),
            crew: Vec::new(),
            started: 0,
            open: Vec::new(),
            turn: 0,
            gate: Duration::ZERO,
            scaler: Scaler::new(bounds, &shape.policies, shape.minimum),
            minute: Minute::default(),
            idle: shape
                .idle
                .map(|it| IdleTimer::new(Duration::ZERO, it.after, Wakefulness::Asleep)),
            activity: Activity::default(),
            leads: if has_door { Leads::ToDoor } else { Leads::ToTasks },
            is_woken_soon: false,
        }
    }

    /// A service that may sleep does so at first; the tasks of another one have run for long.
    fn begin(&mut self) {
        if self.idle.is_some() {
            self.run.tally.sleeps(self.run.now, true);
        } else {
            (0..self.scaler.desired()).for_each(|_| self.has_run_for_long());
            self.reopen();
            self.note_minute();
        }
        self.run.note_arrival();
        self.note_ping();
        self.note_tick();
    }

    fn comes(&mut self, due: Due) {
        match due {
            Due::Arrival => self.arrives(),
            Due::Again(request) => self.ask(request),
            Due::HeldTooLong(request) => self.held_too_long(request),
            Due::Answer(task, request) => self.answers(task, request),
            Due::Pulling(task) => self.pulls(task),
            Due::Running(task) => self.runs(task),
            Due::Bound(task) => self.listens(task),
            Due::Warm(task) => self.is_warm(task),
            Due::AllWarm(task) => self.are_all_warm(task),
            Due::Probe(task) => self.probe(task),
            Due::Check(task) => self.check(task),
            Due::GraceOver(task) => self.look_whether_it_ails(task),
            Due::Drained(task) => self.gone(task),
            Due::GateOpens => self.move_tasks(),
            Due::Woken => self.woken(),
            Due::Minute => self.minute_is_over(),
            Due::Sleep => self.look_for_sleep(),
            Due::Ping => self.pings(),
            Due::Tick => self.tick(),
            // It is a function's.
            Due::SandboxAnswer(..) => {}
        }
    }

    fn is_on_machine(&self) -> bool {
        self.shape.on == On::Machine
    }

    /// How many tasks there should be now.
    fn desired(&self) -> u32 {
        if self.is_asleep() { 0 } else { self.scaler.desired() }
    }

    fn is_asleep(&self) -> bool {
        self.idle.as_ref().is_some_and(|it| it.state() == Wakefulness::Asleep) || self.is_woken_soon
    }

    fn place_of(&self, task: TaskId) -> Option<usize> {
        self.crew.binary_search_by_key(&task, |it| it.id).ok()
    }

    fn task(&mut self, task: TaskId) -> Option<&mut Task> {
        let place = self.place_of(task)?;
        self.crew.get_mut(place)
    }
}
