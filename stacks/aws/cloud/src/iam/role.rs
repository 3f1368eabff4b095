//! Roles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Iam;
use crate::account::ACCOUNT;
use crate::input::{need, set, text};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};
use crate::time::Time;

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// As `GetRole` shows it, but with the trust policy as plain text and without tags.
    pub(crate) fields: Value,
    pub(super) policies: BTreeMap<String, String>,
    pub(super) attached: Vec<String>,
    pub(super) tags: Tags,
    /// How often each action of other services has named it.
    pub(super) named: BTreeMap<String, u32>,
    /// Whether it was there before the test.
    pub(crate) old: bool,
}

impl Role {
    pub(super) fn new(name: &str, path: &str, arn: &str, trust: &str) -> Self {
        let sum = name.bytes().fold(17_u64, |sum, b| sum.wrapping_mul(131) + u64::from(b));
        let fields = json!({
            "Path": path, "RoleName": name, "Arn": arn, "RoleId": format!("AROA{sum:016X}"),
            "CreateDate": Time::now().iso(), "AssumeRolePolicyDocument": trust,
            "MaxSessionDuration": 3600,
        });
        Self {
            fields,
            policies: BTreeMap::new(),
            attached: Vec::new(),
            tags: Tags::new(),
            named: BTreeMap::new(),
            old: false,
        }
    }

    pub(super) fn arn(&self) -> &str {
        text(&self.fields, "Arn").unwrap_or_default()
    }

    pub(super) fn trust(&self) -> &str {
        text(&self.fields, "AssumeRolePolicyDocument").unwrap_or_default()
    }

    fn shown(&self) -> Value {
        let mut shown = self.fields.clone();
        set(&mut shown, "AssumeRolePolicyDocument", encoded(self.trust()));
        set(&mut shown, "Tags", tags::pairs(&self.tags));
        shown
    }
}

/// Percent-encodes a document, as IAM's answers do.
pub(super) fn encoded(document: &str) -> String {
    document
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Refuses a document that is not JSON.
pub(super) fn document<'a>(input: &'a Value, key: &str) -> Result<&'a str, Refusal> {
    let document = need(input, key)?;
    match serde_json::from_str::<Value>(document) {
        Ok(Value::Object(_)) => Ok(document),
        _ => Err(Refusal::new("MalformedPolicyDocument", "Syntax errors in policy.")),
    }
}

pub(super) fn find<'a>(iam: &'a mut Iam, input: &Value) -> Result<&'a mut Role, Refusal> {
    let name = need(input, "RoleName")?;
    iam.roles.get_mut(name).ok_or_else(|| {
        let message = format!("The role with name {name} cannot be found.");
        Refusal::new("NoSuchEntity", message).with_status(404)
    })
}

pub(super) fn create(iam: &mut Iam, input: &Value, now: Time) -> Reply {
    let name = need(input, "RoleName")?;
    let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.len() > 64 || !name.chars().all(legal) {
        let message = "The specified value for roleName is invalid. It must contain only \
                       alphanumeric characters and/or the following: +=,.@_-";
        return Err(Refusal::new("ValidationError", message));
    }
    if iam.roles.contains_key(name) {
        let message = format!("Role with name {name} already exists.");
        return Err(Refusal::new("EntityAlreadyExists", message).with_status(409));
    }
    let trust = document(input, "AssumeRolePolicyDocument")?;
    let path = text(input, "Path").unwrap_or("/");
    let mut role =
        Role::new(name, path, &format!("arn:aws:iam::{ACCOUNT}:role{path}{name}"), trust);
    set(&mut role.fields, "CreateDate", now.iso());
    for key in ["Description", "MaxSessionDuration"] {
        if let Some(value) = input.get(key) {
            set(&mut role.fields, key, value.clone());
        }
    }
    if let Some(arn) = text(input, "PermissionsBoundary") {
        set(&mut role.fields, "PermissionsBoundary", boundary(arn));
    }
    role.tags = tags::from_pairs(input, "Tags");
    let shown = role.shown();
    iam.roles.insert(name.to_owned(), role);
    Ok(json!({"Role": shown}))
}

fn boundary(arn: &str) -> Value {
    json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
}

pub(super) fn get(iam: &mut Iam, input: &Value) -> Reply {
    Ok(json!({"Role": find(iam, input)?.shown()}))
}

pub(super) fn list(iam: &Iam, input: &Value) -> Value {
    let prefix = text(input, "PathPrefix").unwrap_or("/");
    let fits = |role: &&Role| text(&role.fields, "Path").is_some_and(|p| p.starts_with(prefix));
    let roles: Vec<Value> = iam.roles.values().filter(fits).map(Role::shown).collect();
    json!({"Roles": roles, "IsTruncated": false})
}

pub(super) fn delete(iam: &mut Iam, input: &Value) -> Reply {
    let role = find(iam, input)?;
    let conflict = match (role.policies.is_empty(), role.attached.is_empty()) {
        (true, true) => None,
        (false, _) => Some("Cannot delete entity, must delete policies first."),
        (_, false) => Some("Cannot delete entity, must detach all policies first."),
    };
    if let Some(message) = conflict {
        return Err(Refusal::new("DeleteConflict", message).with_status(409));
    }
    iam.roles.remove(need(input, "RoleName")?);
    Ok(json!({}))
}

pub(super) fn update(iam: &mut Iam, input: &Value) -> Reply {
    let role = find(iam, input)?;
    for key in ["Description", "MaxSessionDuration"] {
        if let Some(value) = input.get(key) {
            set(&mut role.fields, key, value.clone());
        }
    }
    Ok(json!({"Role": role.shown()}))
}

pub(super) fn update_trust(iam: &mut Iam, input: &Value) -> Reply {
    let role = find(iam, input)?;
    let trust = document(input, "PolicyDocument")?;
    set(&mut role.fields, "AssumeRolePolicyDocument", trust);
    Ok(json!({}))
}

pub(super) fn tag(iam: &mut Iam, input: &Value) -> Reply {
    find(iam, input)?.tags.extend(tags::from_pairs(input, "Tags"));
    Ok(json!({}))
}

pub(super) fn untag(iam: &mut Iam, input: &Value) -> Reply {
    tags::remove(&mut find(iam, input)?.tags, input, "TagKeys");
    Ok(json!({}))
}

pub(super) fn tags(iam: &mut Iam, input: &Value) -> Reply {
    Ok(json!({"Tags": tags::pairs(&find(iam, input)?.tags), "IsTruncated": false}))
}

pub(super) fn bound(iam: &mut Iam, input: &Value) -> Reply {
    let arn = need(input, "PermissionsBoundary")?;
    set(&mut find(iam, input)?.fields, "PermissionsBoundary", boundary(arn));
    Ok(json!({}))
}

pub(super) fn unbound(iam: &mut Iam, input: &Value) -> Reply {
    set(&mut find(iam, input)?.fields, "PermissionsBoundary", Value::Null);
    Ok(json!({}))
}

pub(super) fn create_linked(iam: &mut Iam, input: &Value) -> Reply {
    let service = need(input, "AWSServiceName")?;
    let name = match service.split('.').next().unwrap_or_default() {
        "ecs" => String::from("AWSServiceRoleForECS"),
        "elasticloadbalancing" => String::from("AWSServiceRoleForElasticLoadBalancing"),
        "ecs.application-autoscaling" => {
            String::from("AWSServiceRoleForApplicationAutoScaling_ECSService")
        }
        other => format!("AWSServiceRoleFor{other}"),
    };
    if iam.roles.contains_key(&name) {
        let message = format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        );
        return Err(Refusal::new("InvalidInput", message));
    }
    let path = format!("/aws-service-role/{service}/");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
    let arn = format!("arn:aws:iam::{ACCOUNT}:role{path}{name}");
    let role = Role::new(&name, &path, &arn, &trust.to_string());
    let shown = role.shown();
    iam.roles.insert(name, role);
    Ok(json!({"Role": shown}))
}
