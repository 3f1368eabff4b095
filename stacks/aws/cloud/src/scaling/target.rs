//! Scalable targets.

use serde_json::{Value, json};

use super::{Scaling, no_target, resource};
use crate::account::{ACCOUNT, Here};
use crate::input::{keep, overlay, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

fn invalid(message: String) -> Refusal {
    Refusal::new("ValidationException", message)
}

pub(super) fn register(here: &mut Here<'_>, input: &Value) -> Reply {
    let id = resource(input)?;
    let parts: Vec<&str> = id.split('/').collect();
    let ["service", cluster, name] = parts.as_slice() else {
        return Err(invalid(format!("Unsupported service resource id: {id}")));
    };
    let region = &mut *here.region;
    let known = |each: &crate::ecs::Service| {
        each.cluster == *cluster && each.name == *name && each.active()
    };
    if !region.ecs.services.iter().any(known) {
        return Err(invalid(format!("ECS service doesn't exist: {id}")));
    }
    let old = region.scaling.targets.get(id);
    let bound = |key| whole(input, key).or_else(|| whole(old?, key));
    let (Some(least), Some(most)) = (bound("MinCapacity"), bound("MaxCapacity")) else {
        let message = "MinCapacity and MaxCapacity are required to register a new target.";
        return Err(invalid(message.into()));
    };
    if least > most || least < 0 {
        let message = "Maximum capacity cannot be less than minimum capacity";
        return Err(invalid(message.into()));
    }
    let mut fields = old.cloned().unwrap_or_else(|| {
        let linked = "aws-service-role/ecs.application-autoscaling.amazonaws.com/\
                      AWSServiceRoleForApplicationAutoScaling_ECSService";
        let id_ = region.ids.hex(34);
        json!({
            "ServiceNamespace": "ecs", "ResourceId": id,
            "ScalableDimension": "ecs:service:DesiredCount",
            "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/{linked}"),
            "CreationTime": here.now.seconds(),
            "ScalableTargetARN": region.arn("application-autoscaling",
                &format!("scalable-target/{id_}")),
            "SuspendedState": {"DynamicScalingInSuspended": false,
                "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": false},
        })
    });
    overlay(&mut fields, &keep(input, &["MinCapacity", "MaxCapacity"]));
    if let (Some(state), Some(changes)) =
        (fields.get_mut("SuspendedState"), input.get("SuspendedState"))
    {
        overlay(state, changes);
    }
    let arn = text(&fields, "ScalableTargetARN").unwrap_or_default().to_owned();
    let new = tags::from_map(input, "Tags");
    region.scaling.tags.entry(arn.clone()).or_default().extend(new);
    region.scaling.targets.insert(id.to_owned(), fields);
    crate::ecs::scale(region, cluster, name, (least, most), here.now, here.pace);
    Ok(json!({"ScalableTargetARN": arn}))
}

pub(super) fn describe(scaling: &Scaling, input: &Value) -> Value {
    let ids = texts(input, "ResourceIds");
    let fits = |(id, _): &(&String, &Value)| ids.is_empty() || ids.contains(id);
    let all: Vec<&Value> = scaling.targets.iter().filter(fits).map(|(_, each)| each).collect();
    json!({"ScalableTargets": all})
}

pub(super) fn deregister(scaling: &mut Scaling, input: &Value) -> Reply {
    let id = resource(input)?;
    let gone = scaling.targets.remove(id).ok_or_else(|| no_target(id))?;
    scaling.policies.retain(|(of, _), _| of != id);
    scaling.schedules.retain(|(of, _), _| of != id);
    scaling.tags.remove(text(&gone, "ScalableTargetARN").unwrap_or_default());
    Ok(json!({}))
}
