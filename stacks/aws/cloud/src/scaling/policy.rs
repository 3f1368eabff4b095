//! Scaling policies.

use serde_json::{Value, json};

use super::resource::{Resource, is_of};
use super::{Scaling, needs_target};
use crate::account::{Here, Region};
use crate::input::{fill, keep, need, overlay, text, texts};
use crate::refusal::{Refusal, Reply};

/// The metric of AWS's own that a call names.
fn metric(input: &Value) -> Option<&Value> {
    input.get("TargetTrackingScalingPolicyConfiguration")?.get("PredefinedMetricSpecification")
}

/// Refuses a label that names no balancer and target group that belong together.
fn check_label(region: &Region, input: &Value) -> Result<(), Refusal> {
    let Some(metric) = metric(input) else { return Ok(()) };
    if text(metric, "PredefinedMetricType") != Some("ALBRequestCountPerTarget") {
        return Ok(());
    }
    let label = text(metric, "ResourceLabel").unwrap_or_default();
    let elb = &region.elb;
    let matching = elb.groups.keys().any(|group| {
        let target = group.split_once(":targetgroup/").map_or("", |(_, rest)| rest);
        elb.balancers_of(group).iter().any(|balancer| {
            let path = balancer.split_once(":loadbalancer/").map_or("", |(_, rest)| rest);
            label == format!("{path}/targetgroup/{target}")
        })
    });
    if matching {
        return Ok(());
    }
    let message = format!(
        "The resource label '{label}' does not name a load balancer and a target group that it \
         forwards to"
    );
    Err(Refusal::new("ValidationException", message))
}

pub(super) fn put(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let (resource, name) = (Resource::of(input)?, need(input, "PolicyName")?);
    let id = resource.id;
    needs_target(&region.scaling, &resource)?;
    check_label(region, input)?;
    let key = (id.to_owned(), name.to_owned());
    let old = region.scaling.policies.get(&key).cloned();
    let kind = text(input, "PolicyType").or_else(|| text(old.as_ref()?, "PolicyType"));
    let kind = kind.unwrap_or("StepScaling").to_owned();
    resource.must_suit(&kind, metric(input).and_then(|it| text(it, "PredefinedMetricType")))?;
    let tracking = kind == "TargetTrackingScaling";
    let mut fields = old.unwrap_or_else(|| {
        let uuid = region.ids.uuid();
        let arn = format!("scalingPolicy:{uuid}:resource/{}/{id}:policyName/{name}", resource.namespace());
        let alarms = ["AlarmHigh", "AlarmLow"].into_iter().filter(|_| tracking).map(|side| {
            let alarm = format!("TargetTracking-{id}-{side}-{}", region.ids.uuid());
            json!({"AlarmName": alarm,
                   "AlarmARN": crate::account::arn("cloudwatch", &region.name, &format!("alarm:{alarm}"))})
        });
        let alarms: Value = alarms.collect();
        let mut fields = resource.fields();
        let made = json!({
            "PolicyARN": region.arn("autoscaling", &arn), "PolicyName": name,
            "Alarms": alarms, "CreationTime": here.now.seconds(),
        });
        overlay(&mut fields, &made);
        fields
    });
    let sent = ["StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration"];
    overlay(&mut fields, &json!({"PolicyType": kind}));
    overlay(&mut fields, &keep(input, &sent));
    if tracking {
        let defaults = json!({"DisableScaleIn": false});
        fill(&mut fields, &json!({"TargetTrackingScalingPolicyConfiguration": defaults}));
    }
    let answer = keep(&fields, &["PolicyARN", "Alarms"]);
    region.scaling.policies.insert(key, fields);
    Ok(answer)
}

pub(super) fn describe(scaling: &Scaling, input: &Value) -> Value {
    let (id, names) = (text(input, "ResourceId"), texts(input, "PolicyNames"));
    let all: Vec<&Value> = scaling
        .policies
        .iter()
        .filter(|((of, name), each)| {
            is_of(input, each)
                && id.is_none_or(|id| id == of)
                && (names.is_empty() || names.contains(name))
        })
        .map(|(_, policy)| policy)
        .collect();
    json!({"ScalingPolicies": all})
}

pub(super) fn delete(scaling: &mut Scaling, input: &Value) -> Reply {
    let (resource, name) = (Resource::of(input)?, need(input, "PolicyName")?);
    match scaling.policies.remove(&(resource.id.to_owned(), name.to_owned())) {
        Some(_) => Ok(json!({})),
        None => resource.has_no("scaling policy", name),
    }
}
