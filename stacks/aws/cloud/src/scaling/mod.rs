//! Application Auto Scaling, as far as ECS services and functions go.

mod policy;
mod resource;
mod schedule;
mod tag;
mod target;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use resource::Resource;

use crate::account::Here;
use crate::input::text;
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

/// Refuses a resource without a scalable target.
fn needs_target(scaling: &Scaling, resource: &Resource<'_>) -> Result<(), Refusal> {
    if scaling.targets.contains_key(resource.id) { Ok(()) } else { Err(resource.has_no_target()) }
}
