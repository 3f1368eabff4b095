//! The policies of roles: inline ones, and the names of attached ones.

use serde_json::{Value, json};

use super::Iam;
use super::role::{document, encoded, find};
use crate::input::{last, need};
use crate::refusal::{Refusal, Reply};

fn missing(name: &str) -> Refusal {
    let message = format!("The role policy with name {name} cannot be found.");
    Refusal::new("NoSuchEntity", message).with_status(404)
}

pub(super) fn put(iam: &mut Iam, input: &Value) -> Reply {
    let role = find(iam, input)?;
    let name = need(input, "PolicyName")?;
    role.policies.insert(name.to_owned(), document(input, "PolicyDocument")?.to_owned());
    Ok(json!({}))
}

pub(super) fn get(iam: &mut Iam, input: &Value) -> Reply {
    let role = find(iam, input)?;
    let name = need(input, "PolicyName")?;
    let policy = role.policies.get(name).ok_or_else(|| missing(name))?;
    Ok(json!({"RoleName": input["RoleName"], "PolicyName": name,
              "PolicyDocument": encoded(policy)}))
}

pub(super) fn delete(iam: &mut Iam, input: &Value) -> Reply {
    let role = find(iam, input)?;
    let name = need(input, "PolicyName")?;
    role.policies.remove(name).ok_or_else(|| missing(name))?;
    Ok(json!({}))
}

pub(super) fn list(iam: &mut Iam, input: &Value) -> Reply {
    let names: Vec<&String> = find(iam, input)?.policies.keys().collect();
    Ok(json!({"PolicyNames": names, "IsTruncated": false}))
}

pub(super) fn attach(iam: &mut Iam, input: &Value) -> Reply {
    let arn = need(input, "PolicyArn")?.to_owned();
    let role = find(iam, input)?;
    if !role.attached.contains(&arn) {
        role.attached.push(arn);
    }
    Ok(json!({}))
}

pub(super) fn detach(iam: &mut Iam, input: &Value) -> Reply {
    let arn = need(input, "PolicyArn")?;
    let role = find(iam, input)?;
    let at = role.attached.iter().position(|each| each == arn).ok_or_else(|| {
        let message = format!("Policy {arn} was not found.");
        Refusal::new("NoSuchEntity", message).with_status(404)
    })?;
    role.attached.remove(at);
    Ok(json!({}))
}

pub(super) fn attached(iam: &mut Iam, input: &Value) -> Reply {
    let attached = find(iam, input)?.attached.iter();
    let attached = attached.map(|arn| json!({"PolicyName": last(arn), "PolicyArn": arn}));
    Ok(json!({"AttachedPolicies": attached.collect::<Value>(), "IsTruncated": false}))
}
