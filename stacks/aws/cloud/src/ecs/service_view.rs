//! Services as calls show them.

use serde_json::{Value, json};

use super::names::{cluster, includes, known_cluster, service_arn};
use super::service::{Life, Service, position};
use super::task::Status;
use super::{attempt, invalid};
use crate::account::Region;
use crate::input::{last, overlay, set, texts};
use crate::refusal::Reply;
use crate::tags;

/// How many events an answer holds.
const EVENTS: usize = 100;

fn shown(region: &Region, service: &Service) -> Value {
    let mut shown = service.fields.clone();
    let tasks = &region.ecs.tasks;
    let own = || tasks.iter().filter(|task| task.service == service.arn && !task.stopping);
    let status = match service.life {
        Life::Active => "ACTIVE",
        Life::Draining(_) => "DRAINING",
        Life::Inactive(_) => "INACTIVE",
    };
    let events =
        service.events.iter().rev().take(EVENTS).map(
            |(at, id, message)| json!({"id": id, "createdAt": at.seconds(), "message": message}),
        );
    let deployments: Value =
        service.deployments.iter().map(|each| each.shown(service, tasks)).collect();
    overlay(
        &mut shown,
        &json!({
            "status": status, "desiredCount": service.desired,
            "runningCount": own().filter(|task| task.last == Status::Running).count(),
            "pendingCount": own().filter(|task| task.last < Status::Running).count(),
            "deployments": deployments, "events": events.collect::<Value>(),
        }),
    );
    if let Some(arn) = attempt::current(service) {
        set(&mut shown, "currentServiceDeployment", arn);
    }
    if shown["capacityProviderStrategy"].is_null()
        && let Value::Object(fields) = &mut shown
    {
        fields.remove("capacityProviderStrategy");
    }
    shown
}

/// One service, as the calls answer that change it.
pub(super) fn one(region: &Region, cluster: &str, name: &str) -> Reply {
    let at = position(region, cluster, name);
    let service = at.and_then(|at| region.ecs.services.get(at));
    let service = service.ok_or_else(|| invalid("the service is gone"))?;
    let mut service_shown = shown(region, service);
    set(&mut service_shown, "tags", tags::low_pairs(&service.tags));
    Ok(json!({"service": service_shown}))
}

pub(super) fn describe(region: &Region, input: &Value) -> Reply {
    let cluster = known_cluster(region, input)?;
    let names = texts(input, "services");
    if names.is_empty() {
        return Err(invalid("Services cannot be empty."));
    }
    if names.len() > 10 {
        return Err(invalid("services can have at most 10 items."));
    }
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        let at = position(region, cluster, &name);
        match at.and_then(|at| region.ecs.services.get(at)) {
            Some(service) => {
                let mut one = shown(region, service);
                if includes(input, "TAGS") {
                    set(&mut one, "tags", tags::low_pairs(&service.tags));
                }
                services.push(one);
            }
            None => {
                let arn = service_arn(region, cluster, last(&name));
                failures.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
    }
    Ok(json!({"services": services, "failures": failures}))
}

pub(super) fn list(region: &Region, input: &Value) -> Reply {
    known_cluster(region, input)?;
    let own = |service: &&Service| service.cluster == cluster(input) && !service.inactive();
    let arns: Vec<&String> =
        region.ecs.services.iter().filter(own).map(|service| &service.arn).collect();
    Ok(json!({"serviceArns": arns}))
}
