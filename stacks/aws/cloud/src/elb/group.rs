//! Target groups.

use serde_json::{Value, json};

use super::attribute::{self, Attributes};
use super::target::Target;
use super::{Elb, invalid};
use crate::account::Here;
use crate::input::{fill, keep, need, overlay, same, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

/// What a caller may say of a health check.
const CHECK: [&str; 9] = [
    "HealthCheckProtocol",
    "HealthCheckPort",
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "HealthCheckPath",
    "Matcher",
];

/// A target group.
#[derive(Clone, Debug)]
pub(crate) struct TargetGroup {
    /// As `DescribeTargetGroups` shows it, but for its balancers.
    pub(crate) fields: Value,
    pub(super) attributes: Attributes,
    pub(crate) targets: Vec<Target>,
}

impl TargetGroup {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        text(&self.fields, "TargetGroupName").unwrap_or_default()
    }

    fn shown(&self, elb: &Elb) -> Value {
        let mut shown = self.fields.clone();
        let arn = text(&self.fields, "TargetGroupArn").unwrap_or_default();
        set(&mut shown, "LoadBalancerArns", elb.balancers_of(arn));
        shown
    }
}

fn missing() -> Refusal {
    Refusal::new("TargetGroupNotFound", "One or more target groups not found")
}

/// The target group that a call names by `TargetGroupArn`.
pub(super) fn find<'a>(elb: &'a mut Elb, input: &Value) -> Result<&'a mut TargetGroup, Refusal> {
    elb.groups.get_mut(need(input, "TargetGroupArn")?).ok_or_else(missing)
}

fn check(fields: &Value) -> Result<(), Refusal> {
    let interval = whole(fields, "HealthCheckIntervalSeconds").unwrap_or(30);
    let timeout = whole(fields, "HealthCheckTimeoutSeconds").unwrap_or(5);
    if !(5..=300).contains(&interval) {
        return Err(invalid("Health check interval must be between 5 and 300"));
    }
    if !(2..=120).contains(&timeout) {
        return Err(invalid("Health check timeout must be between 2 and 120"));
    }
    if timeout >= interval {
        return Err(invalid(format!(
            "Health check timeout '{timeout}' must be smaller than or equal to the interval \
             '{interval}'"
        )));
    }
    for key in ["HealthyThresholdCount", "UnhealthyThresholdCount"] {
        if !(2..=10).contains(&whole(fields, key).unwrap_or(2)) {
            return Err(invalid(format!("'{key}' must be between 2 and 10")));
        }
    }
    Ok(())
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let name = need(input, "Name")?;
    if name.len() > 32 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(invalid(format!(
            "The target group name '{name}' must be 1 to 32 letters, digits and hyphens"
        )));
    }
    let id = region.ids.hex(16);
    let arn = region.arn("elasticloadbalancing", &format!("targetgroup/{name}/{id}"));
    let sent = ["Protocol", "ProtocolVersion", "Port", "VpcId", "TargetType", "IpAddressType"];
    let mut fields = keep(input, &[&sent[..], &CHECK[..]].concat());
    fill(
        &mut fields,
        &json!({
            "HealthCheckProtocol": "HTTP", "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": "true", "HealthCheckIntervalSeconds": "30",
            "HealthCheckTimeoutSeconds": "5", "HealthyThresholdCount": "5",
            "UnhealthyThresholdCount": "2", "HealthCheckPath": "/", "Matcher": {"HttpCode": "200"},
            "TargetType": "instance", "ProtocolVersion": "HTTP1", "IpAddressType": "ipv4",
            "TargetGroupName": name,
        }),
    );
    check(&fields)?;
    if let Some(old) = region.elb.groups.values().find(|old| old.name() == name) {
        set(&mut fields, "TargetGroupArn", old.fields["TargetGroupArn"].clone());
        if same(&old.fields, &fields) {
            return Ok(json!({"TargetGroups": [old.shown(&region.elb)]}));
        }
        let message = format!(
            "A target group with the same name '{name}' exists, but with different settings"
        );
        return Err(Refusal::new("DuplicateTargetGroupName", message));
    }
    let vpc = text(&fields, "VpcId").unwrap_or_default();
    let calls_a_function = text(&fields, "TargetType") == Some("lambda");
    if !calls_a_function && !region.ec2.vpcs.iter().any(|known| known.id == vpc) {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    set(&mut fields, "TargetGroupArn", arn.clone());
    region.elb.tags.insert(arn.clone(), tags::from_pairs(input, "Tags"));
    let group = TargetGroup { fields, attributes: attribute::new_group(), targets: Vec::new() };
    let shown = group.shown(&region.elb);
    region.elb.groups.insert(arn, group);
    Ok(json!({"TargetGroups": [shown]}))
}

pub(super) fn describe(elb: &Elb, input: &Value) -> Reply {
    let (arns, names) = (texts(input, "TargetGroupArns"), texts(input, "Names"));
    if arns.iter().any(|arn| !elb.groups.contains_key(arn))
        || names.iter().any(|name| !elb.groups.values().any(|group| group.name() == name))
    {
        return Err(missing());
    }
    let balancer = text(input, "LoadBalancerArn");
    if balancer.is_some_and(|arn| !elb.balancers.contains_key(arn)) {
        return Err(Refusal::new("LoadBalancerNotFound", "One or more load balancers not found"));
    }
    let chosen = elb.groups.iter().filter(|(arn, group)| {
        (arns.is_empty() || arns.contains(arn))
            && (names.is_empty() || names.iter().any(|name| name == group.name()))
            && balancer.is_none_or(|arn_| elb.balancers_of(arn).iter().any(|each| each == arn_))
    });
    Ok(json!({"TargetGroups": chosen.map(|(_, group)| group.shown(elb)).collect::<Value>()}))
}

pub(super) fn modify(elb: &mut Elb, input: &Value) -> Reply {
    let mut changed = find(elb, input)?.clone();
    overlay(&mut changed.fields, &keep(input, &CHECK));
    check(&changed.fields)?;
    let shown = changed.shown(elb);
    *find(elb, input)? = changed;
    Ok(json!({"TargetGroups": [shown]}))
}

pub(super) fn delete(elb: &mut Elb, input: &Value) -> Reply {
    let arn = need(input, "TargetGroupArn")?;
    if !elb.balancers_of(arn).is_empty() {
        let message = format!("Target group '{arn}' is currently in use by a listener or a rule");
        return Err(Refusal::new("ResourceInUse", message));
    }
    elb.groups.remove(arn);
    elb.tags.remove(arn);
    Ok(json!({}))
}
