//! Targets of rules.

use serde_json::{Value, json};

use super::Events;
use super::rule::find;
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
