//! What happens because time passes: tasks added and removed, sleep and wake, pings.

use std::time::Duration;

use jiff::Timestamp;
use ragctl_stacks::{
    resource::{Edge, Idle, LoadBalancer, Metric, Resource, ScalingPolicy},
    timing::{
        idle::{Deployment, IdleTimer, Wakefulness},
        scaling::{Bounds, Scaler},
    },
};

use super::{
    core::Core,
    scheduler::{Scheduler, ping},
};
use crate::balancer::Settings;

/// What counts time for the stack as a whole.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) idle: Option<IdleTimer>,
    pub(super) scaler: Option<Scaler>,
    pub(super) scheduler: Scheduler,
    /// How often the stack was woken.
    pub(super) wakes: u64,
}

impl Pace {
    /// Nothing counts yet; `started` is the wall clock's time now.
    pub(super) const fn new(started: Timestamp) -> Self {
        Self { idle: None, scaler: None, scheduler: Scheduler::new(started), wakes: 0 }
    }

    /// All anew, for a clock that starts again at zero.
    pub(super) fn rescaled(&self, started: Timestamp) -> Self {
        Self { wakes: self.wakes, ..Self::new(started) }
    }
}

impl Core {
    /// Whether the stack sleeps; `None` when it never does.
    pub(super) fn wakefulness(&self) -> Option<Wakefulness> {
        self.pace.idle.as_ref().map(IdleTimer::state)
    }

    /// How many tasks there should be now.
    pub(super) fn desired(&self) -> u32 {
        if self.record.service.asleep { 0 } else { self.record.service.count }
    }

    fn idle_resource(&self) -> Option<&Idle> {
        self.record.resources.values().find_map(|it| match it {
            Resource::Idle(it) => Some(it),
            _ => None,
        })
    }

    fn edge_resource(&self) -> Option<&Edge> {
        self.record.resources.values().find_map(|it| match it {
            Resource::Edge(it) => Some(it),
            _ => None,
        })
    }

    /// What the balancer keeps to; `None` when there is none.
    pub(super) fn front_settings(&self) -> Option<Settings> {
        self.settings_with(self.record.load_balancer()?)
    }

    /// What a balancer like `balancer` keeps to.
    pub(super) fn settings_with(&self, balancer: &LoadBalancer) -> Option<Settings> {
        let (_, target_group) = balancer.on_this_machine()?;
        let targets = self.record.target_group(&target_group.name)?;
        Some(Settings::of(balancer, targets, self.idle_resource(), self.edge_resource()))
    }

    /// Takes over what the resources say, after one of them has changed.
    pub(super) fn set_pace(&mut self) {
        if let (Some(settings), Some(front)) = (self.front_settings(), self.front.as_mut()) {
            front.edit(settings);
        }
        self.set_scaler();
        self.set_idle();
        self.pace.scheduler.edit(self.clock.now(), self.record.resources.values());
    }

    fn set_scaler(&mut self) {
        let bounds = self.record.scalable_target().map(Bounds::of);
        let policies: Vec<ScalingPolicy> = self
            .record
            .resources
            .values()
            .filter_map(|it| match it {
                Resource::ScalingPolicy(it) => Some(it.clone()),
                _ => None,
            })
            .collect();
        self.pace.scaler = match (bounds, self.pace.scaler.take()) {
            (None, _) => None,
            (Some(bounds), Some(mut scaler)) => {
                scaler.edit(bounds, &policies);
                Some(scaler)
            }
            (Some(bounds), None) => Some(Scaler::new(bounds, &policies, self.record.service.count)),
        };
    }

    fn set_idle(&mut self) {
        let after = self.idle_resource().map(|it| it.after);
        self.pace.idle = match (after, self.pace.idle.take()) {
            (None, _) => None,
            (Some(after), Some(mut idle)) => {
                idle.edit(after);
                Some(idle)
            }
            (Some(after), None) => {
                let asleep = self.record.service.asleep;
                let state = if asleep { Wakefulness::Asleep } else { Wakefulness::Awake };
                Some(IdleTimer::new(self.clock.now(), after, state))
            }
        };
        if self.pace.idle.is_none() && self.record.service.asleep {
            self.get_up();
        }
    }

    /// A request found nobody to answer it.
    pub(super) fn knocked(&mut self) {
        let now = self.clock.now();
        if self.pace.idle.as_mut().is_some_and(|it| it.wake(now)) {
            tracing::info!("a request wakes the stack");
            self.pace.wakes += 1;
            self.get_up();
        }
    }

    /// Somebody sends it to sleep.
    pub(super) fn lie_down(&mut self) {
        let Some(idle) = self.pace.idle.as_mut() else { return };
        tracing::info!("the stack is sent to sleep");
        idle.sleep();
        self.record.service.asleep = true;
        self.unsaved = true;
    }

    fn get_up(&mut self) {
        let bounds = self.record.scalable_target().map(Bounds::of);
        self.record.service.asleep = false;
        self.record.service.count = bounds.map_or(1, |it| it.hold(1)).max(1);
        self.unsaved = true;
        // What was measured before it slept says nothing any more.
        self.pace.scaler = None;
        self.set_scaler();
    }

    /// Scales, sends to sleep, and pings, as time says.
    pub(super) fn keep_pace(&mut self) {
        let now = self.clock.now();
        let deployment =
            if self.rollout.is_some() { Deployment::UnderWay } else { Deployment::None };
        if self.record.service().is_some() && !self.record.service.asleep {
            self.scale(now, deployment);
            self.look_for_sleep(now, deployment);
        }
        for path in self.pace.scheduler.due(now) {
            self.send_ping(path);
        }
    }

    fn scale(&mut self, now: Duration, deployment: Deployment) {
        let (in_flight, cpu) = (self.in_flight_a_task(), self.cpu_of_a_task());
        let Some(scaler) = self.pace.scaler.as_mut() else { return };
        if let Some(value) = in_flight {
            scaler.observe(now, Metric::RequestsInFlight, value);
        }
        if let Some(value) = cpu {
            scaler.observe(now, Metric::Cpu, value);
        }
        if let Some(scaled) = scaler.next(now, deployment) {
            tracing::info!(from = scaled.from, to = scaled.to, cause = ?scaled.cause, "scaling");
            self.record.service.count = scaled.to;
            self.unsaved = true;
        }
    }

    fn look_for_sleep(&mut self, now: Duration, deployment: Deployment) {
        let Some(front) = &self.front else { return };
        let activity = front.activity();
        let Some(idle) = self.pace.idle.as_mut() else { return };
        if idle.fell_asleep(now, &activity, deployment) {
            tracing::info!("the stack falls asleep");
            self.record.service.asleep = true;
            self.unsaved = true;
        }
    }

    fn in_flight_a_task(&self) -> Option<f64> {
        let tasks = self.crew.values().filter(|it| !it.is_leaving()).count();
        let in_flight = self.front.as_ref()?.in_flight();
        let tasks = u32::try_from(tasks).ok().filter(|it| *it > 0)?;
        Some(f64::from(in_flight) / f64::from(tasks))
    }

    fn cpu_of_a_task(&self) -> Option<f64> {
        let known: Vec<f64> = self.crew.values().filter_map(|it| it.cpu.percent()).collect();
        let count = u32::try_from(known.len()).ok().filter(|it| *it > 0)?;
        Some(known.iter().sum::<f64>() / f64::from(count))
    }

    fn send_ping(&self, path: String) {
        let Some(port) = self.front.as_ref().and_then(super::front::Front::port) else { return };
        tokio::spawn(async move {
            match ping(port, &path).await {
                Ok(status) => tracing::debug!(%status, path, "a ping was answered"),
                Err(reason) => tracing::warn!(reason, path, "a ping got no answer"),
            }
        });
    }
}
