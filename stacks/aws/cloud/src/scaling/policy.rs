//! Scaling policies.

use serde_json::{Value, json};

use super::{Scaling, needs_target, resource};
use crate::account::{Here, Region};
use crate::input::{fill, keep, need, overlay, text, texts};
use crate::refusal::{Refusal, Reply};

/// Refuses a label that names no balancer and target group that belong together.
fn check_label(region: &Region, input: &Value) -> Result<(), Refusal> {
    let metric = input
        .get("TargetTrackingScalingPolicyConfiguration")
        .and_then(|tracking| tracking.get("PredefinedMetricSpecification"));
    let Some(metric) = metric else { return Ok(()) };
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
    let (id, name) = (resource(input)?, need(input, "PolicyName")?);
    needs_target(&region.scaling, id)?;
    check_label(region, input)?;
    let key = (id.to_owned(), name.to_owned());
    let old = region.scaling.policies.get(&key).cloned();
    let kind = text(input, "PolicyType").or_else(|| text(old.as_ref()?, "PolicyType"));
    let kind = kind.unwrap_or("StepScaling").to_owned();
    let tracking = kind == "TargetTrackingScaling";
    let mut fields = old.unwrap_or_else(|| {
        let uuid = region.ids.uuid();
        let arn = format!("scalingPolicy:{uuid}:resource/ecs/{id}:policyName/{name}");
        let alarms = ["AlarmHigh", "AlarmLow"].into_iter().filter(|_| tracking).map(|side| {
            let alarm = format!("TargetTracking-{id}-{side}-{}", region.ids.uuid());
            json!({"AlarmName": alarm,
                   "AlarmARN": crate::account::arn("cloudwatch", &region.name, &format!("alarm:{alarm}"))})
        });
        let alarms: Value = alarms.collect();
        json!({
            "PolicyARN": region.arn("autoscaling", &arn), "PolicyName": name,
            "ServiceNamespace": "ecs", "ResourceId": id,
            "ScalableDimension": "ecs:service:DesiredCount",
            "Alarms": alarms, "CreationTime": here.now.seconds(),
        })
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
        .filter(|((of, name), _)| {
            id.is_none_or(|id| id == of) && (names.is_empty() || names.contains(name))
        })
        .map(|(_, policy)| policy)
        .collect();
    json!({"ScalingPolicies": all})
}

pub(super) fn delete(scaling: &mut Scaling, input: &Value) -> Reply {
    let (id, name) = (resource(input)?, need(input, "PolicyName")?);
    let gone = scaling.policies.remove(&(id.to_owned(), name.to_owned()));
    gone.map(|_| json!({})).ok_or_else(|| {
        let message = format!(
            "No scaling policy found for service namespace: ecs, resource ID: \
                               {id}, policy name: {name}"
        );
        Refusal::new("ObjectNotFoundException", message)
    })
}
