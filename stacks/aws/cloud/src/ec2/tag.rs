//! Tags on EC2's resources, by their ids.

use serde_json::{Value, json};

use super::Ec2;
use super::filter::{one, passes};
use crate::input::{list, text, texts};
use crate::refusal::Reply;
use crate::tags;

pub(super) fn create(ec2: &mut Ec2, input: &Value) -> Reply {
    let new = tags::from_pairs(input, "Tag");
    for id in texts(input, "ResourceId") {
        ec2.tags.entry(id).or_default().extend(new.clone());
    }
    Ok(json!({"return": true}))
}

pub(super) fn delete(ec2: &mut Ec2, input: &Value) -> Reply {
    for id in texts(input, "ResourceId") {
        let Some(tags) = ec2.tags.get_mut(&id) else { continue };
        if list(input, "Tag").is_empty() {
            tags.clear();
        }
        for tag in list(input, "Tag") {
            let key = text(tag, "Key").unwrap_or_default();
            let fits = text(tag, "Value").is_none_or(|v| tags.get(key).is_some_and(|w| w == v));
            if fits {
                tags.remove(key);
            }
        }
    }
    Ok(json!({"return": true}))
}

pub(super) fn describe(ec2: &Ec2, input: &Value) -> Reply {
    let mut shown = Vec::new();
    for (id, tags) in &ec2.tags {
        let kind = match id.split('-').next() {
            Some("sg") => "security-group",
            Some("rtb") => "route-table",
            other => other.unwrap_or_default(),
        };
        for (key, value) in tags {
            let fits = passes(input, Some(tags), |name| match name {
                "resource-id" => one(id),
                "resource-type" => one(kind),
                "key" => one(key),
                "value" => one(value),
                _ => None,
            })?;
            if fits {
                shown.push(json!({"resourceId": id, "resourceType": kind, "key": key,
                                  "value": value}));
            }
        }
    }
    Ok(json!({"tagSet": shown}))
}
