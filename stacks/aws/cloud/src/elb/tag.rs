//! Tags on balancers, target groups, listeners and rules.

use serde_json::{Value, json};

use super::{Elb, invalid};
use crate::input::texts;
use crate::refusal::{Refusal, Reply};
use crate::tags;

/// The refusal of a resource that is not there.
fn missing(arn: &str) -> Refusal {
    let code = match arn {
        _ if arn.contains(":targetgroup/") => "TargetGroupNotFound",
        _ if arn.contains(":listener-rule/") => "RuleNotFound",
        _ if arn.contains(":listener/") => "ListenerNotFound",
        _ => "LoadBalancerNotFound",
    };
    Refusal::new(code, format!("'{arn}' not found"))
}

/// The ARNs that a call lists, all of which exist.
fn known(elb: &Elb, input: &Value) -> Result<Vec<String>, Refusal> {
    let arns = texts(input, "ResourceArns");
    match arns.iter().find(|arn| !elb.tags.contains_key(*arn)) {
        Some(arn) => Err(missing(arn)),
        None => Ok(arns),
    }
}

pub(super) fn describe(elb: &Elb, input: &Value) -> Reply {
    if texts(input, "ResourceArns").len() > 20 {
        return Err(invalid("Up to 20 resources can be described at a time"));
    }
    let shown = known(elb, input)?.into_iter().map(|arn| {
        let tags = elb.tags.get(&arn).map(tags::pairs);
        json!({"ResourceArn": arn, "Tags": tags})
    });
    Ok(json!({"TagDescriptions": shown.collect::<Value>()}))
}

pub(super) fn add(elb: &mut Elb, input: &Value) -> Reply {
    for arn in known(elb, input)? {
        elb.tags.entry(arn).or_default().extend(tags::from_pairs(input, "Tags"));
    }
    Ok(json!({}))
}

pub(super) fn remove(elb: &mut Elb, input: &Value) -> Reply {
    for arn in known(elb, input)? {
        tags::remove(elb.tags.entry(arn).or_default(), input, "TagKeys");
    }
    Ok(json!({}))
}
