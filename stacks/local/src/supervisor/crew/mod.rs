//! The tasks: started, looked after, stopped.

mod fail;
mod look;
mod start;

use std::time::{Duration, Instant};

use ragctl_stacks::{
    resource::{Digest, TaskDefinition},
    timing::{
        backoff::Backoff,
        container_check::{ContainerCheck, ContainerHealth, FirstCheck},
        crew::{Seen, Standing},
    },
};
use tokio_util::task::AbortOnDropHandle;

use super::core::Core;
use crate::{balancer::TargetState, process, record::TaskRecord, task::check::Run};

/// Between two readings of a task's CPU. `/proc` counts in steps of 10 ms, so that shorter ones say little.
const CPU_EVERY: Duration = Duration::from_millis(250);

/// What is known of a task beyond its record.
#[derive(Debug)]
pub(super) struct Running {
    /// When it was started or found, in the stack's time.
    began: Duration,
    phase: Phase,
    /// Since when it is healthy without a break.
    healthy_since: Option<Duration>,
    /// Why it has to be replaced.
    ails: Option<String>,
    check: Option<OwnCheck>,
    stop_timeout: Duration,
    /// Its CPU share, in percent of one core for each 1024 units.
    pub(super) cpu: Cpu,
    /// Whether it is a child of ours, whose end we are told.
    is_child: bool,
    logs_looked_at: Instant,
    /// Tells when the task listens; ends with the task.
    _listens: AbortOnDropHandle<()>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Active,
    /// Until this time at most it may finish what it has.
    Draining(Duration),
    /// At this time it is killed.
    Stopping(Instant),
}

#[derive(Debug)]
struct OwnCheck {
    run: Run,
    machine: ContainerCheck,
    is_under_way: bool,
}

/// A task's use of the CPU.
#[derive(Debug)]
pub(super) struct Cpu {
    units: u32,
    last: Option<(Instant, Duration)>,
    percent: Option<f64>,
}

/// When tasks of a revision that fails may be started again.
#[derive(Debug)]
pub(super) struct Gate {
    backoff: Backoff,
    opens: Duration,
}

impl Running {
    fn new(
        definition: Option<&TaskDefinition>,
        run: Option<Run>,
        began: Duration,
        is_child: bool,
        listens: AbortOnDropHandle<()>,
    ) -> Self {
        let check = definition.zip(run).map(|(it, run)| OwnCheck {
            run,
            machine: ContainerCheck::started(began, &it.health_check, FirstCheck::AfterInterval),
            is_under_way: false,
        });
        Self {
            began,
            phase: Phase::Active,
            healthy_since: None,
            ails: None,
            check,
            stop_timeout: definition.map_or(Duration::from_secs(30), |it| it.stop_timeout),
            cpu: Cpu { units: definition.map_or(1024, |it| it.cpu), last: None, percent: None },
            is_child,
            logs_looked_at: Instant::now(),
            _listens: listens,
        }
    }

    /// Whether it is on its way out.
    pub(super) const fn is_leaving(&self) -> bool {
        !matches!(self.phase, Phase::Active)
    }

    /// Takes over a clock that has started again at zero, when the old one stood at `now`.
    pub(super) fn rescaled(&mut self, now: Duration) {
        self.began = Duration::ZERO;
        self.healthy_since = None;
        if let Phase::Draining(until) = &mut self.phase {
            *until = until.saturating_sub(now);
        }
    }

    fn own_health(&self) -> Option<ContainerHealth> {
        self.check.as_ref().map(|it| it.machine.health())
    }
}

impl Cpu {
    /// The share that was used lately, in percent of what the task has; `None` until it is known.
    pub(super) const fn percent(&self) -> Option<f64> {
        self.percent
    }

    fn read(&mut self, pid: u32) {
        let now = Instant::now();
        if self.last.is_some_and(|(at, _)| now - at < CPU_EVERY) {
            return;
        }
        let Some(used) = process::cpu_time(pid) else { return };
        if let Some((at, before)) = self.last.replace((now, used)) {
            let share = used.saturating_sub(before).as_secs_f64() / (now - at).as_secs_f64();
            self.percent = Some(share * 100.0 * 1024.0 / f64::from(self.units.max(1)));
        }
    }
}

impl Core {
    /// The tasks as decisions need them, in the order of their starts.
    pub(super) fn seen(&self, wanted: Option<&Digest>) -> Vec<Seen<String>> {
        let tasks = self.record.tasks.iter();
        tasks
            .map(|task| Seen {
                id: task.id.clone(),
                standing: self.standing(task),
                is_wanted: Some(&task.revision) == wanted,
            })
            .collect()
    }

    /// How a task stands.
    pub(super) fn standing(&self, task: &TaskRecord) -> Standing {
        let Some(running) = self.crew.get(&task.id) else { return Standing::Stopping };
        match running.phase {
            Phase::Draining(_) => Standing::Draining,
            Phase::Stopping(_) => Standing::Stopping,
            Phase::Active if running.ails.is_some() => Standing::Ailing,
            Phase::Active => match self.target_state(&task.id) {
                Some(TargetState::Healthy) => Standing::Healthy,
                _ => Standing::Starting,
            },
        }
    }

    fn target_state(&self, id: &str) -> Option<TargetState> {
        Some(self.front.as_ref()?.targets().find(id)?.state)
    }
}
