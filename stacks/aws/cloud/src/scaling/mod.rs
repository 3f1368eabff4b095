//! Application Auto Scaling, as far as ECS services go.

mod policy;
mod schedule;
mod tag;
mod target;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::Here;
use crate::input::{need, text};
use crate::refusal::{Refusal, Reply};
use crate::tags::Tags;

/// What Application Auto Scaling holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Scaling {
    /// As described, by resource id.
    pub(crate) targets: BTreeMap<String, Value>,
    /// As described, by resource id and name.
    pub(crate) policies: BTreeMap<(String, String), Value>,
    /// As described, by resource id and name.
    pub(crate) schedules: BTreeMap<(String, String), Value>,
    /// Tags of scalable targets, by ARN.
    tags: BTreeMap<String, Tags>,
    /// The newest last.
    activities: Vec<Value>,
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    let scaling = &mut here.region.scaling;
    match action {
        "RegisterScalableTarget" => target::register(here, input),
        "DescribeScalableTargets" => Ok(target::describe(scaling, input)),
        "DeregisterScalableTarget" => target::deregister(scaling, input),
        "PutScalingPolicy" => policy::put(here, input),
        "DescribeScalingPolicies" => Ok(policy::describe(scaling, input)),
        "DeleteScalingPolicy" => policy::delete(scaling, input),
        "PutScheduledAction" => schedule::put(here, input),
        "DescribeScheduledActions" => Ok(schedule::describe(scaling, input)),
        "DeleteScheduledAction" => schedule::delete(scaling, input),
        "DescribeScalingActivities" => Ok(activities(scaling, input)),
        "TagResource" => tag::tag(scaling, input),
        "UntagResource" => tag::untag(scaling, input),
        "ListTagsForResource" => tag::list(scaling, input),
        _ => Err(Refusal::not_here("application-autoscaling", action)),
    }
}

fn activities(scaling: &Scaling, input: &Value) -> Value {
    let wanted = text(input, "ResourceId");
    let fits = |each: &&Value| wanted.is_none() || text(each, "ResourceId") == wanted;
    let all: Vec<&Value> = scaling.activities.iter().rev().filter(fits).collect();
    json!({"ScalingActivities": all})
}

/// The resource that a call is about.
fn resource(input: &Value) -> Result<&str, Refusal> {
    if need(input, "ServiceNamespace")? != "ecs" {
        return Err(Refusal::new("ValidationException", "Only the namespace ecs is known here."));
    }
    need(input, "ResourceId")
}

/// Refuses a resource without a scalable target.
fn needs_target(scaling: &Scaling, id: &str) -> Result<(), Refusal> {
    if scaling.targets.contains_key(id) { Ok(()) } else { Err(no_target(id)) }
}

fn no_target(id: &str) -> Refusal {
    let message = format!(
        "No scalable target registered for service namespace: ecs, resource ID: {id}, scalable \
         dimension: ecs:service:DesiredCount"
    );
    Refusal::new("ObjectNotFoundException", message)
}
