//! Changing services: some changes make a deployment, some do not.

use serde_json::Value;

use super::deployment::Target;
use super::names::known_cluster;
use super::service::{Service, position};
use super::service_create::{SENT, balancers, definition, network, roles};
use super::{attempt, rollout, service_view};
use crate::account::Here;
use crate::input::{fill, flag, keep, list, need, overlay, same, set, text, whole};
use crate::refusal::{Refusal, Reply};

/// The service that is to change, which must be active.
fn find(here: &Here<'_>, input: &Value) -> Result<(usize, Service), Refusal> {
    let cluster = known_cluster(here.region, input)?;
    let at = position(here.region, cluster, need(input, "service")?);
    let found = at.and_then(|at| Some((at, here.region.ecs.services.get(at)?.clone())));
    let (at, service) =
        found.ok_or_else(|| Refusal::new("ServiceNotFoundException", "Service not found."))?;
    if !service.active() {
        return Err(Refusal::new("ServiceNotActiveException", "Service was not ACTIVE."));
    }
    Ok((at, service))
}

/// What the service runs after the call.
fn target(here: &mut Here<'_>, service: &Service, input: &Value) -> Result<Target, Refusal> {
    let old = &service.fields;
    let asked = text(input, "taskDefinition").or_else(|| text(old, "taskDefinition"));
    let changes = text(input, "taskDefinition").is_some() || input.get("loadBalancers").is_some();
    let (arn, fields) = if changes {
        definition(here.region, asked.unwrap_or_default())?
    } else {
        (asked.unwrap_or_default().to_owned(), Value::Null)
    };
    let network = match input.get("networkConfiguration").filter(|sent| sent.is_object()) {
        Some(sent) => network(here.region, sent)?,
        None => old["networkConfiguration"].clone(),
    };
    let balancers = match input.get("loadBalancers").filter(|sent| sent.is_array()) {
        Some(_) => balancers(here.region, list(input, "loadBalancers"), &fields)?,
        None if changes => balancers(here.region, list(old, "loadBalancers"), &fields)?,
        None => old["loadBalancers"].clone(),
    };
    if text(old, "taskDefinition") != Some(arn.as_str()) {
        roles(here, &fields, "UpdateService")?;
    }
    Ok(Target { definition: arn, network, balancers })
}

/// Whether what runs is another than before.
fn differs(old: &Value, new: &Target, input: &Value) -> bool {
    let other = |key: &str, new: &Value| !same(&old[key], new);
    let platform = |key: &str| input.get(key).is_some_and(|new| !new.is_null() && other(key, new));
    text(old, "taskDefinition") != Some(new.definition.as_str())
        || other("networkConfiguration", &new.network)
        || other("loadBalancers", &new.balancers)
        || platform("platformVersion")
        || platform("capacityProviderStrategy")
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let (at, mut service) = find(here, input)?;
    let target = target(here, &service, input)?;
    let deploys =
        differs(&service.fields, &target, input) || flag(input, "forceNewDeployment") == Some(true);

    let mut changes = keep(input, &SENT);
    if let Some(configuration) = changes.get_mut("deploymentConfiguration") {
        fill(configuration, &service.fields["deploymentConfiguration"]);
    }
    overlay(&mut service.fields, &changes);
    if !list(input, "capacityProviderStrategy").is_empty() {
        set(&mut service.fields, "launchType", Value::Null);
    }
    if let Some(desired) = whole(input, "desiredCount") {
        service.desired = desired;
    }
    if deploys {
        rollout::begin(here, &mut service, target, here.now);
        attempt::began(here.region, &mut service, here.now);
        let tasks = std::mem::take(&mut here.region.ecs.tasks);
        rollout::complete(here, &mut service, &tasks, here.now);
        here.region.ecs.tasks = tasks;
    }
    service.wake(here.now, here.pace);
    let (cluster, name) = (service.cluster.clone(), service.name.clone());
    if let Some(place) = here.region.ecs.services.get_mut(at) {
        *place = service;
    }
    service_view::one(here.region, &cluster, &name)
}
