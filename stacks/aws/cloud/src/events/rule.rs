//! Rules.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Events, missing, schedule};
use crate::account::Region;
use crate::input::{keep, need, overlay, set, text};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// As `DescribeRule` shows it.
    pub(crate) fields: Value,
    /// As `ListTargetsByRule` shows them, by their ids.
    pub(super) targets: BTreeMap<String, Value>,
    pub(super) tags: Tags,
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("ValidationException", message)
}

/// The rule that a call names by `Name` or `Rule`.
pub(super) fn find<'a>(events: &'a mut Events, input: &Value) -> Result<&'a mut Rule, Refusal> {
    let name = text(input, "Rule").or_else(|| text(input, "Name")).unwrap_or_default();
    events.rules.get_mut(name).ok_or_else(|| missing("Rule", name))
}

pub(super) fn put(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "Name")?;
    match (text(input, "ScheduleExpression"), text(input, "EventPattern")) {
        (None, None) => {
            let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
            return Err(invalid(message));
        }
        (Some(said), _) if !schedule::is_valid(said) => {
            return Err(invalid("Parameter ScheduleExpression is not valid."));
        }
        _ => {}
    }
    let arn = region.arn("events", &format!("rule/{name}"));
    let mut fields =
        json!({"Name": name, "Arn": arn, "State": "ENABLED", "EventBusName": "default"});
    // What is not said again is gone.
    let sent = ["ScheduleExpression", "EventPattern", "State", "Description", "RoleArn"];
    overlay(&mut fields, &keep(input, &sent));
    match region.events.rules.get_mut(name) {
        Some(old) => old.fields = fields,
        None => {
            let tags = tags::from_pairs(input, "Tags");
            let rule = Rule { fields, targets: BTreeMap::new(), tags };
            region.events.rules.insert(name.to_owned(), rule);
        }
    }
    Ok(json!({"RuleArn": arn}))
}

pub(super) fn describe(events: &mut Events, input: &Value) -> Reply {
    Ok(find(events, input)?.fields.clone())
}

pub(super) fn list(events: &Events, input: &Value) -> Value {
    let prefix = text(input, "NamePrefix").unwrap_or_default();
    let all = events.rules.iter().filter(|(name, _)| name.starts_with(prefix));
    json!({"Rules": all.map(|(_, rule)| rule.fields.clone()).collect::<Value>()})
}

pub(super) fn switch(events: &mut Events, input: &Value, state: &str) -> Reply {
    set(&mut find(events, input)?.fields, "State", state);
    Ok(json!({}))
}

pub(super) fn delete(events: &mut Events, input: &Value) -> Reply {
    if !find(events, input)?.targets.is_empty() {
        return Err(invalid("Rule can't be deleted since it has targets."));
    }
    events.rules.remove(need(input, "Name")?);
    Ok(json!({}))
}
