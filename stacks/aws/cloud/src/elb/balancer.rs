//! Load balancers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::attribute::{self, Attributes};
use super::{Elb, invalid};
use crate::account::{Here, Region};
use crate::ec2::interface;
use crate::input::{list, need, set, text, texts};
use crate::refusal::{Refusal, Reply};
use crate::tags;
use crate::time::Time;

/// A load balancer.
#[derive(Clone, Debug)]
pub(crate) struct Balancer {
    /// As `DescribeLoadBalancers` shows it, but for its state.
    pub(crate) fields: Value,
    pub(super) attributes: Attributes,
    active: Time,
}

impl Balancer {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        text(&self.fields, "LoadBalancerName").unwrap_or_default()
    }

    fn shown(&self, now: Time) -> Value {
        let mut shown = self.fields.clone();
        let state = if now < self.active { "provisioning" } else { "active" };
        set(&mut shown, "State", json!({"Code": state}));
        shown
    }
}

fn missing() -> Refusal {
    Refusal::new("LoadBalancerNotFound", "One or more load balancers not found")
}

/// The balancer that a call names by `LoadBalancerArn`.
pub(super) fn find<'a>(elb: &'a mut Elb, input: &Value) -> Result<&'a mut Balancer, Refusal> {
    elb.balancers.get_mut(need(input, "LoadBalancerArn")?).ok_or_else(missing)
}

/// The VPC and the zones of the subnets that a call lists.
fn placed(region: &Region, input: &Value) -> Result<(String, Vec<String>, Value), Refusal> {
    let mapped = list(input, "SubnetMappings").iter().filter_map(|each| text(each, "SubnetId"));
    let subnets: Vec<String> =
        texts(input, "Subnets").into_iter().chain(mapped.map(str::to_owned)).collect();
    let mut zones = BTreeSet::new();
    let mut shown = Vec::new();
    let mut vpc = String::new();
    for id in &subnets {
        let subnet = region.ec2.subnet(id).ok_or_else(|| {
            Refusal::new("SubnetNotFound", format!("The subnet ID '{id}' does not exist"))
        })?;
        if !zones.insert(&subnet.zone) {
            let message = "A load balancer cannot be attached to multiple subnets in the same \
                           Availability Zone";
            return Err(Refusal::new("InvalidConfigurationRequest", message));
        }
        vpc.clone_from(&subnet.vpc);
        shown.push(json!({"ZoneName": subnet.zone, "SubnetId": id, "LoadBalancerAddresses": []}));
    }
    if zones.len() < 2 {
        let message = "At least two subnets in two different Availability Zones must be specified";
        return Err(invalid(message));
    }
    Ok((vpc, subnets, Value::Array(shown)))
}

/// The security groups that a call lists, or the VPC's default one.
fn guards(region: &Region, input: &Value, vpc: &str) -> Result<Vec<String>, Refusal> {
    let groups = texts(input, "SecurityGroups");
    if let Some(id) = groups.iter().find(|id| !region.ec2.groups.contains_key(*id)) {
        let message = format!("One or more security groups are invalid: {id}");
        return Err(Refusal::new("InvalidSecurityGroup", message));
    }
    let default = region.ec2.groups.values().find(|g| g.vpc == vpc && g.name == "default");
    Ok(if groups.is_empty() { default.map(|g| g.id.clone()).into_iter().collect() } else { groups })
}

fn attach(region: &mut Region, arn: &str, subnets: &[String], groups: &[String], public: bool) {
    let description = arn.split_once("loadbalancer/").map_or(arn, |(_, path)| path);
    for subnet in subnets {
        let description = format!("ELB {description}");
        interface::attach(region, arn, description, subnet, groups.to_vec(), public);
    }
}

/// What two balancers must share for one `CreateLoadBalancer` to be the other's repetition.
fn settings(fields: &Value) -> (Vec<String>, Vec<String>, [Option<&str>; 3]) {
    let mut groups = texts(fields, "SecurityGroups");
    let zones = list(fields, "AvailabilityZones").iter();
    let mut subnets: Vec<String> =
        zones.filter_map(|zone| text(zone, "SubnetId").map(str::to_owned)).collect();
    groups.sort();
    subnets.sort();
    (groups, subnets, ["Scheme", "Type", "IpAddressType"].map(|key| text(fields, key)))
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let Here { region, pace, now, .. } = here;
    let name = need(input, "Name")?;
    if name.len() > 32 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        let message = format!(
            "The load balancer name '{name}' must be 1 to 32 letters, digits \
                               and hyphens"
        );
        return Err(invalid(message));
    }
    let (vpc, subnets, zones) = placed(region, input)?;
    let groups = guards(region, input, &vpc)?;
    let scheme = text(input, "Scheme").unwrap_or("internet-facing");
    let id = region.ids.hex(16);
    let arn = region.arn("elasticloadbalancing", &format!("loadbalancer/app/{name}/{id}"));
    let internal = if scheme == "internal" { "internal-" } else { "" };
    let dns =
        format!("{internal}{name}-{}.{}.elb.amazonaws.com", region.ids.digits(10), region.name);
    let fields = json!({
        "LoadBalancerArn": arn, "DNSName": dns, "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
        "CreatedTime": now.iso(), "LoadBalancerName": name, "Scheme": scheme, "VpcId": vpc,
        "Type": text(input, "Type").unwrap_or("application"), "AvailabilityZones": zones,
        "SecurityGroups": groups,
        "IpAddressType": text(input, "IpAddressType").unwrap_or("ipv4"),
    });
    if let Some(old) = region.elb.balancers.values().find(|old| old.name() == name) {
        if settings(&old.fields) == settings(&fields) {
            return Ok(json!({"LoadBalancers": [old.shown(*now)]}));
        }
        let message = format!(
            "A load balancer with the same name '{name}' exists, but with different settings"
        );
        return Err(Refusal::new("DuplicateLoadBalancerName", message));
    }
    attach(region, &arn, &subnets, &groups, scheme != "internal");
    region.elb.tags.insert(arn.clone(), tags::from_pairs(input, "Tags"));
    let active = now.plus(pace.provision);
    let balancer = Balancer { fields, attributes: attribute::new_balancer(), active };
    // A new balancer is always shown as provisioning, however fast the pace.
    let mut shown = balancer.shown(active);
    set(&mut shown, "State", json!({"Code": "provisioning"}));
    region.elb.balancers.insert(arn, balancer);
    Ok(json!({"LoadBalancers": [shown]}))
}

pub(super) fn describe(here: &mut Here<'_>, input: &Value) -> Reply {
    let elb = &here.region.elb;
    let (arns, names) = (texts(input, "LoadBalancerArns"), texts(input, "Names"));
    if arns.iter().any(|arn| !elb.balancers.contains_key(arn)) {
        return Err(missing());
    }
    if names.iter().any(|name| !elb.balancers.values().any(|each| each.name() == name)) {
        let message = format!("Load balancers '[{}]' not found", names.join(", "));
        return Err(Refusal::new("LoadBalancerNotFound", message));
    }
    let chosen = elb.balancers.iter().filter(|(arn, each)| {
        (arns.is_empty() || arns.contains(arn))
            && (names.is_empty() || names.iter().any(|name| name == each.name()))
    });
    let shown: Value = chosen.map(|(_, each)| each.shown(here.now)).collect();
    Ok(json!({"LoadBalancers": shown}))
}

pub(super) fn delete(here: &mut Here<'_>, input: &Value) -> Reply {
    let Here { region, pace, now, .. } = here;
    let arn = need(input, "LoadBalancerArn")?;
    let Some(balancer) = region.elb.balancers.get(arn) else { return Ok(json!({})) };
    if balancer.attributes.get("deletion_protection.enabled").is_some_and(|on| on == "true") {
        let message = format!(
            "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        );
        return Err(Refusal::new("OperationNotPermitted", message));
    }
    let listeners = region.elb.listeners.iter();
    let listeners = listeners.filter(|(_, each)| text(each, "LoadBalancerArn") == Some(arn));
    let listeners: Vec<String> = listeners.map(|(arn, _)| arn.clone()).collect();
    for listener in listeners {
        super::listener::remove(&mut region.elb, &listener);
    }
    region.elb.balancers.remove(arn);
    region.elb.tags.remove(arn);
    interface::release(region, arn, now.plus(pace.release));
    Ok(json!({}))
}

pub(super) fn set_groups(here: &mut Here<'_>, input: &Value) -> Reply {
    let vpc = find(&mut here.region.elb, input)?.fields["VpcId"].clone();
    let groups = guards(here.region, input, vpc.as_str().unwrap_or_default())?;
    set(&mut find(&mut here.region.elb, input)?.fields, "SecurityGroups", groups.clone());
    let arn = need(input, "LoadBalancerArn")?;
    for each in here.region.ec2.interfaces.iter_mut().filter(|each| each.owner == arn) {
        each.groups.clone_from(&groups);
    }
    Ok(json!({"SecurityGroupIds": groups}))
}

pub(super) fn set_subnets(here: &mut Here<'_>, input: &Value) -> Reply {
    let Here { region, pace, now, .. } = here;
    let balancer = find(&mut region.elb, input)?.fields.clone();
    let (_, subnets, zones) = placed(region, input)?;
    let arn = need(input, "LoadBalancerArn")?;
    interface::release(region, arn, now.plus(pace.release));
    let public = text(&balancer, "Scheme") != Some("internal");
    attach(region, arn, &subnets, &texts(&balancer, "SecurityGroups"), public);
    set(&mut find(&mut region.elb, input)?.fields, "AvailabilityZones", zones.clone());
    Ok(json!({"AvailabilityZones": zones}))
}
