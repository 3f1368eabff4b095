//! Deleting services: their tasks stop first, and they stay visible after.

use serde_json::Value;

use super::names::known_cluster;
use super::service::{Life, position};
use super::{invalid, service_view};
use crate::account::Here;
use crate::input::{flag, need};
use crate::refusal::{Refusal, Reply};

pub(super) fn delete(here: &mut Here<'_>, input: &Value) -> Reply {
    let cluster = known_cluster(here.region, input)?;
    let name = need(input, "service")?;
    let (now, pace) = (here.now, here.pace);
    let at = position(here.region, cluster, name);
    let service = at.and_then(|at| here.region.ecs.services.get_mut(at));
    let service = service
        .filter(|service| !service.inactive())
        .ok_or_else(|| Refusal::new("ServiceNotFoundException", "Service not found."))?;
    if service.desired > 0 && flag(input, "force") != Some(true) {
        return Err(invalid("The service cannot be stopped while it is scaled above 0."));
    }
    service.desired = 0;
    if service.active() {
        service.life = Life::Draining(now.plus(pace.drain));
    }
    service.wake(now, pace);
    service_view::one(here.region, cluster, name)
}
