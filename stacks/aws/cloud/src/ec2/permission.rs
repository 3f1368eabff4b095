//! Adding rules to security groups, and taking them away.

use serde_json::{Value, json};

use super::group::{chosen, missing};
use super::rule::Rule;
use crate::account::Region;
use crate::refusal::{Refusal, Reply};

fn rules<'a>(
    region: &'a mut Region,
    id: &str,
    ingress: bool,
) -> Result<&'a mut Vec<Rule>, Refusal> {
    let group = region.ec2.groups.get_mut(id).ok_or_else(|| missing(id))?;
    Ok(if ingress { &mut group.ingress } else { &mut group.egress })
}

pub(super) fn authorize(region: &mut Region, input: &Value, ingress: bool) -> Reply {
    let id = chosen(region, input)?;
    let new = Rule::read_all(input);
    if new.is_empty() {
        let message = "The request must contain the parameter ipPermissions";
        return Err(Refusal::new("MissingParameter", message));
    }
    for source in new.iter().map(|rule| &rule.source).filter(|source| source.starts_with("sg-")) {
        if !region.ec2.groups.contains_key(source) {
            return Err(missing(source));
        }
    }
    let rules = rules(region, &id, ingress)?;
    if let Some(old) = new.iter().find(|rule| rules.iter().any(|old| old.same(rule))) {
        let message = format!("the specified rule \"{}\" already exists", old.words());
        return Err(Refusal::new("InvalidPermission.Duplicate", message));
    }
    rules.extend(new);
    Ok(json!({"return": true}))
}

pub(super) fn revoke(region: &mut Region, input: &Value, ingress: bool) -> Reply {
    let id = chosen(region, input)?;
    let gone = Rule::read_all(input);
    let rules = rules(region, &id, ingress)?;
    if gone.iter().any(|rule| !rules.iter().any(|old| old.same(rule))) {
        let message = "The specified rule does not exist in this security group.";
        return Err(Refusal::new("InvalidPermission.NotFound", message));
    }
    rules.retain(|old| !gone.iter().any(|rule| rule.same(old)));
    Ok(json!({"return": true}))
}
