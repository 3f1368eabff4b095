//! Services: what ECS remembers of one.

use serde_json::Value;

use super::attempt::Attempt;
use super::deployment::{Deployment, Target};
use crate::account::Region;
use crate::input::texts;
use crate::pace::Pace;
use crate::tags::Tags;
use crate::time::Time;

/// Whether a service is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It is.
    Active,
    /// It is deleted, and its tasks stop; not gone before the moment.
    Draining(Time),
    /// It is gone, since the moment, but still shown.
    Inactive(Time),
}

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(super) arn: String,
    pub(crate) name: String,
    pub(crate) cluster: String,
    /// As `DescribeServices` shows it, but for what it computes.
    pub(crate) fields: Value,
    pub(super) desired: i64,
    pub(super) life: Life,
    pub(super) token: Option<String>,
    pub(crate) tags: Tags,
    /// The newest first: that is the primary.
    pub(super) deployments: Vec<Deployment>,
    /// When, an id, and what was said; the newest last.
    pub(super) events: Vec<(Time, String, String)>,
    pub(super) attempts: Vec<Attempt>,
    /// The last deployment that completed.
    pub(super) settled: Option<(String, Target)>,
    pub(super) next_tick: Time,
    /// Whether nothing more will happen by itself.
    pub(super) quiet: bool,
    pub(super) started: usize,
}

impl Service {
    /// Whether it has not been deleted.
    pub(crate) fn active(&self) -> bool {
        self.life == Life::Active
    }

    /// Whether it is gone, though still shown.
    pub(crate) fn inactive(&self) -> bool {
        matches!(self.life, Life::Inactive(_))
    }

    pub(super) fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    /// Says something in its events.
    pub(super) fn say(&mut self, id: String, at: Time, what: &str) {
        let message = format!("(service {}) {what}", self.name);
        self.events.push((at, id, message));
    }

    /// The security groups of its tasks.
    fn groups(&self) -> Vec<String> {
        let network = self.fields.get("networkConfiguration");
        let network = network.and_then(|network| network.get("awsvpcConfiguration"));
        texts(network.unwrap_or(&Value::Null), "securityGroups")
    }

    /// Something was changed: time passes again from `now` on.
    pub(super) fn wake(&mut self, now: Time, pace: Pace) {
        if self.quiet {
            self.next_tick = now.plus(pace.phase);
        }
        self.quiet = false;
    }
}

/// The place of a service by its name or ARN. One that is gone is found too.
pub(super) fn position(region: &Region, cluster: &str, name: &str) -> Option<usize> {
    let name = crate::input::last(name);
    region.ecs.services.iter().position(|each| each.cluster == cluster && each.name == name)
}

/// Whether a service refers to a security group, or did until a moment ago.
pub(crate) fn uses_group(region: &Region, group: &str, pace: Pace, now: Time) -> bool {
    region.ecs.services.iter().any(|service| {
        let holds = match service.life {
            Life::Active | Life::Draining(_) => true,
            Life::Inactive(since) => since.plus(pace.release) > now,
        };
        holds && service.groups().iter().any(|each| each == group)
    })
}

/// Brings a service's desired count into bounds, as Application Auto Scaling does.
pub(crate) fn scale(
    region: &mut Region,
    cluster: &str,
    name: &str,
    bounds: (i64, i64),
    now: Time,
    pace: Pace,
) {
    let Some(at) = position(region, cluster, name) else { return };
    let Some(service) = region.ecs.services.get_mut(at).filter(|each| each.active()) else {
        return;
    };
    let within = service.desired.max(bounds.0).min(bounds.1.max(bounds.0));
    if within != service.desired {
        service.desired = within;
        service.wake(now, pace);
    }
}

impl Region {
    /// Sets a service's desired count by hand, as scaling would; false when it is not there.
    pub fn scale_service(&mut self, cluster: &str, name: &str, desired: i64) -> bool {
        let bounds = (desired, desired);
        scale(self, cluster, name, bounds, Time::now(), Pace::default());
        position(self, cluster, name).is_some()
    }
}
