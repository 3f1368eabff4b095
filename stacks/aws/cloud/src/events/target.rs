//! Targets of rules.

use serde_json::{Value, json};

use super::Events;
use super::rule::find;
use crate::account::Region;
use crate::input::{list as items, need, text, texts};
use crate::refusal::{Refusal, Reply};

pub(super) fn put(events: &mut Events, input: &Value) -> Reply {
    let rule = find(events, input)?;
    let mut targets = rule.targets.clone();
    for each in items(input, "Targets") {
        let arn = need(each, "Arn")?;
        if arn.contains(":api-destination/") && text(each, "RoleArn").is_none() {
            let message = format!("RoleArn is required for target {arn}.");
            return Err(Refusal::new("ValidationException", message));
        }
        targets.insert(need(each, "Id")?.to_owned(), each.clone());
    }
    if targets.len() > 5 {
        let message = "The requested resource exceeds the maximum number allowed.";
        return Err(Refusal::new("LimitExceededException", message));
    }
    rule.targets = targets;
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

pub(super) fn remove(events: &mut Events, input: &Value) -> Reply {
    let rule = find(events, input)?;
    let mut failed = Vec::new();
    for id in texts(input, "Ids") {
        if rule.targets.remove(&id).is_none() {
            failed.push(json!({"TargetId": id, "ErrorCode": "ResourceNotFoundException",
                               "ErrorMessage": format!("Target {id} does not exist.")}));
        }
    }
    Ok(json!({"FailedEntryCount": failed.len(), "FailedEntries": failed}))
}

pub(super) fn list(events: &mut Events, input: &Value) -> Reply {
    let targets: Vec<&Value> = find(events, input)?.targets.values().collect();
    Ok(json!({"Targets": targets}))
}

impl Region {
    /// The ARNs of a rule's targets that are functions, or versions or aliases of some, that are
    /// there and let the rule call them.
    ///
    /// EventBridge takes targets without a look at either; what it then does not reach, it says
    /// nobody.
    pub fn functions_reached_by(&self, rule: &str) -> Vec<String> {
        let Some(rule) = self.events.rules.get(rule) else { return Vec::new() };
        let source = text(&rule.fields, "Arn").unwrap_or_default();
        let arns = rule.targets.values().filter_map(|target| text(target, "Arn"));
        let reached = |arn: &&str| crate::lambda::lets(self, arn, "events.amazonaws.com", source);
        arns.filter(reached).map(str::to_owned).collect()
    }
}
