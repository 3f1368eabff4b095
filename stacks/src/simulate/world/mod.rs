//! Tasks behind a load balancer, as they are at one moment, and what becomes of them next.

mod crew;
mod pace;
mod requests;

use std::{collections::VecDeque, time::Duration};

use self::pace::Minute;
use super::{
    agenda::{Agenda, Due},
    callers::{Callers, RequestId},
    happening::{Happening, Watch},
    scenario::Scenario,
    simulated::Simulated,
    tally::Tally,
    task::{Task, TaskId},
};
use crate::{
    shape::{On, Tasks, Wake},
    timing::{
        backoff::Backoff,
        idle::{Activity, IdleTimer, Wakefulness},
        scaling::{Bounds, Scaler},
    },
    traffic::Arrivals,
};

/// Sets the tasks' chance apart from that of the traffic, so that neither depends on the other.
const OF_TASKS: u64 = 0x5eed_0f7a_5c5a_11ed;

/// Runs a scenario of tasks to its end.
pub(super) fn run<W: Watch>(scenario: &Scenario, tasks: &Tasks, watch: &mut W) -> Simulated {
    let mut world = World::new(scenario, tasks, watch);
    world.begin();
    while let Some((at, due)) = world.agenda.next() {
        debug_assert!(at >= world.now, "time goes back: {at:?} after {:?}", world.now);
        world.now = at;
        if at >= scenario.length && world.callers.count() == 0 {
            break;
        }
        world.comes(due);
    }
    world.tally.simulated(scenario)
}

/// All that there is.
struct World<'a, W> {
    scenario: &'a Scenario,
    shape: &'a Tasks,
    watch: &'a mut W,
    now: Duration,
    agenda: Agenda,
    chance: fastrand::Rng,
    tally: Tally,
    arrivals: Arrivals,
    callers: Callers,
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
    fn new(scenario: &'a Scenario, shape: &'a Tasks, watch: &'a mut W) -> Self {
        let bounds = Bounds::new(shape.minimum, shape.maximum);
        let has_door = shape.idle.is_some_and(|it| it.wake == Wake::Function);
        Self {
            scenario,
            shape,
            watch,
            now: Duration::ZERO,
            agenda: Agenda::default(),
            chance: fastrand::Rng::with_seed(scenario.seed ^ OF_TASKS),
            tally: Tally::new(scenario),
            arrivals: scenario.traffic.arrivals(scenario.seed, scenario.length),
            callers: Callers::default(),
            in_flight: 0,
            held: VecDeque::new(),
            crew: Vec::new(),
            started: 0,
            open: Vec::new(),
            turn: 0,
            gate: Duration::ZERO,
            backoff: Backoff::new(scenario.seed),
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
            self.tally.sleeps(self.now, true);
        } else {
            (0..self.scaler.desired()).for_each(|_| self.has_run_for_long());
            self.reopen();
            self.note_minute();
        }
        self.note_arrival();
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
        }
    }

    fn happens(&mut self, what: Happening) {
        self.watch.happened(self.now, what);
    }

    fn note(&mut self, after: Duration, due: Due) {
        self.agenda.note(self.now + after, due);
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
