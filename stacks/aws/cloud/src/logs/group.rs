//! Log groups.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Logs;
use super::line::Line;
use crate::account::{Here, Region};
use crate::input::{need, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

/// The retention that `CloudWatch` Logs sells, in days.
const SOLD: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// A log group.
#[derive(Clone, Debug)]
pub(crate) struct LogGroup {
    /// As `DescribeLogGroups` shows it.
    pub(crate) fields: Value,
    pub(super) tags: Tags,
    pub(super) streams: BTreeMap<String, Vec<Line>>,
}

fn missing() -> Refusal {
    Refusal::new("ResourceNotFoundException", "The specified log group does not exist.")
}

/// The group that a call names by `logGroupName`, `logGroupIdentifier` or `resourceArn`.
pub(super) fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut LogGroup, Refusal> {
    let name = ["logGroupName", "logGroupIdentifier", "resourceArn"]
        .iter()
        .find_map(|key| text(input, key))
        .unwrap_or_default();
    let name = name.split_once(":log-group:").map_or(name, |(_, name)| name);
    region.logs.groups.get_mut(name.trim_end_matches(":*")).ok_or_else(missing)
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let name = need(input, "logGroupName")?;
    let region = &mut *here.region;
    if region.logs.groups.contains_key(name) {
        let message = "The specified log group already exists";
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    let arn = region.arn("logs", &format!("log-group:{name}"));
    let fields = json!({
        "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn,
        "creationTime": here.now.millis(), "metricFilterCount": 0, "storedBytes": 0,
        "logGroupClass": text(input, "logGroupClass").unwrap_or("STANDARD"),
        "kmsKeyId": input.get("kmsKeyId"),
    });
    let tags = tags::from_map(input, "tags");
    region.logs.groups.insert(name.to_owned(), LogGroup { fields, tags, streams: BTreeMap::new() });
    Ok(json!({}))
}

pub(super) fn describe(logs: &Logs, input: &Value) -> Value {
    let prefix = text(input, "logGroupNamePrefix").unwrap_or_default();
    let pattern = text(input, "logGroupNamePattern").unwrap_or_default();
    let exact = texts(input, "logGroupIdentifiers");
    let groups: Vec<&Value> = logs
        .groups
        .iter()
        .filter(|(name, _)| name.starts_with(prefix) && name.contains(pattern))
        .filter(|(name, _)| exact.is_empty() || exact.iter().any(|each| each.ends_with(*name)))
        .map(|(_, group)| &group.fields)
        .collect();
    json!({"logGroups": groups})
}

pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "logGroupName")?;
    region.logs.groups.remove(name).map(|_| json!({})).ok_or_else(missing)
}

pub(super) fn retain(region: &mut Region, input: &Value) -> Reply {
    let days = whole(input, "retentionInDays").unwrap_or_default();
    let group = find(region, input)?;
    if !SOLD.contains(&days) {
        let message = format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy \
             constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, ...]"
        );
        return Err(Refusal::new("InvalidParameterException", message));
    }
    set(&mut group.fields, "retentionInDays", days);
    Ok(json!({}))
}

pub(super) fn retain_for_ever(region: &mut Region, input: &Value) -> Reply {
    set(&mut find(region, input)?.fields, "retentionInDays", Value::Null);
    Ok(json!({}))
}

pub(super) fn tags(region: &mut Region, input: &Value) -> Reply {
    Ok(json!({"tags": tags::map(&find(region, input)?.tags)}))
}

pub(super) fn tag(region: &mut Region, input: &Value) -> Reply {
    find(region, input)?.tags.extend(tags::from_map(input, "tags"));
    Ok(json!({}))
}

pub(super) fn untag(region: &mut Region, input: &Value) -> Reply {
    tags::remove(&mut find(region, input)?.tags, input, "tagKeys");
    Ok(json!({}))
}
