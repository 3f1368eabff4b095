//! Scheduled actions.

use serde_json::{Value, json};

use super::resource::{Resource, is_of};
use super::{Scaling, needs_target};
use crate::account::Here;
use crate::input::{keep, need, overlay, text, texts};
use crate::refusal::{Refusal, Reply};

/// What a caller may say of a scheduled action.
const SENT: [&str; 5] = ["Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction"];

pub(super) fn put(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let (resource, name) = (Resource::of(input)?, need(input, "ScheduledActionName")?);
    let id = resource.id;
    needs_target(&region.scaling, &resource)?;
    let key = (id.to_owned(), name.to_owned());
    let old = region.scaling.schedules.get(&key).cloned();
    let said = text(input, "Schedule").or_else(|| text(old.as_ref()?, "Schedule"));
    if !said.is_some_and(crate::events::schedule_is_valid) {
        let message = format!("Invalid schedule expression: {}", said.unwrap_or_default());
        return Err(Refusal::new("ValidationException", message));
    }
    let mut fields = old.unwrap_or_else(|| {
        let uuid = region.ids.uuid();
        let arn = format!(
            "scheduledAction:{uuid}:resource/{}/{id}:scheduledActionName/{name}",
            resource.namespace()
        );
        let mut fields = resource.fields();
        let made = json!({
            "ScheduledActionARN": region.arn("autoscaling", &arn), "ScheduledActionName": name,
            "Timezone": "UTC", "CreationTime": here.now.seconds(),
        });
        overlay(&mut fields, &made);
        fields
    });
    overlay(&mut fields, &keep(input, &SENT));
    region.scaling.schedules.insert(key, fields);
    Ok(json!({}))
}

pub(super) fn describe(scaling: &Scaling, input: &Value) -> Value {
    let (id, names) = (text(input, "ResourceId"), texts(input, "ScheduledActionNames"));
    let all: Vec<&Value> = scaling
        .schedules
        .iter()
        .filter(|((of, name), each)| {
            is_of(input, each)
                && id.is_none_or(|id| id == of)
                && (names.is_empty() || names.contains(name))
        })
        .map(|(_, action)| action)
        .collect();
    json!({"ScheduledActions": all})
}

pub(super) fn delete(scaling: &mut Scaling, input: &Value) -> Reply {
    let (resource, name) = (Resource::of(input)?, need(input, "ScheduledActionName")?);
    match scaling.schedules.remove(&(resource.id.to_owned(), name.to_owned())) {
        Some(_) => Ok(json!({})),
        None => resource.has_no("scheduled action", name),
    }
}
