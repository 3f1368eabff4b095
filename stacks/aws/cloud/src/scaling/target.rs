//! Scalable targets.

use serde_json::{Value, json};

use super::Scaling;
use super::resource::{Resource, is_of};
use crate::account::Here;
use crate::input::{keep, overlay, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

fn invalid(message: String) -> Refusal {
    Refusal::new("ValidationException", message)
}

pub(super) fn register(here: &mut Here<'_>, input: &Value) -> Reply {
    let resource = Resource::of(input)?;
    let id = resource.id;
    let region = &mut *here.region;
    resource.must_be_there(region)?;
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
        let id = region.ids.hex(34);
        let mut fields = resource.fields();
        let made = json!({
            "RoleARN": resource.role(), "CreationTime": here.now.seconds(),
            "ScalableTargetARN": region.arn("application-autoscaling",
                &format!("scalable-target/{id}")),
            "SuspendedState": {"DynamicScalingInSuspended": false,
                "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": false},
        });
        overlay(&mut fields, &made);
        fields
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
    resource.scale(here, (least, most));
    Ok(json!({"ScalableTargetARN": arn}))
}

pub(super) fn describe(scaling: &Scaling, input: &Value) -> Value {
    let ids = texts(input, "ResourceIds");
    let fits =
        |(id, each): &(&String, &Value)| is_of(input, each) && (ids.is_empty() || ids.contains(id));
    let all: Vec<&Value> = scaling.targets.iter().filter(fits).map(|(_, each)| each).collect();
    json!({"ScalableTargets": all})
}

pub(super) fn deregister(scaling: &mut Scaling, input: &Value) -> Reply {
    let resource = Resource::of(input)?;
    let id = resource.id;
    let gone = scaling.targets.remove(id).ok_or_else(|| resource.has_no_target())?;
    scaling.policies.retain(|(of, _), _| of != id);
    scaling.schedules.retain(|(of, _), _| of != id);
    scaling.tags.remove(text(&gone, "ScalableTargetARN").unwrap_or_default());
    Ok(json!({}))
}
