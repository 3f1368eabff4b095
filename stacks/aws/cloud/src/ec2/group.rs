//! Security groups.

use serde_json::{Value, json};

use super::filter::{one, passes};
use super::rule::{Rule, shown};
use crate::account::{ACCOUNT, Here, Region};
use crate::input::{list, text, texts};
use crate::refusal::{Refusal, Reply};
use crate::tags;

/// A security group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) vpc: String,
    pub(crate) ingress: Vec<Rule>,
    pub(crate) egress: Vec<Rule>,
}

impl Group {
    /// The group that each VPC comes with.
    pub(super) fn default_of(id: String, vpc: &str) -> Self {
        let from_itself = Rule::everything("groups", &id);
        Self {
            id,
            name: "default".into(),
            description: "default VPC security group".into(),
            vpc: vpc.to_owned(),
            ingress: vec![from_itself],
            egress: vec![Rule::everything("ipRanges", "0.0.0.0/0")],
        }
    }
}

/// The refusal of a group that is not there.
pub(super) fn missing(id: &str) -> Refusal {
    Refusal::new("InvalidGroup.NotFound", format!("The security group '{id}' does not exist"))
}

/// The id of the group that a call is about, by its id or by its name in the default VPC.
pub(super) fn chosen(region: &Region, input: &Value) -> Result<String, Refusal> {
    let ec2 = &region.ec2;
    if let Some(id) = text(input, "GroupId") {
        return ec2.groups.get(id).map(|group| group.id.clone()).ok_or_else(|| missing(id));
    }
    let name = text(input, "GroupName").ok_or_else(|| {
        Refusal::new("MissingParameter", "The request must contain the parameter groupId")
    })?;
    let vpc = region.default_network().0;
    let found = ec2.groups.values().find(|group| group.name == name && group.vpc == vpc);
    found.map(|group| group.id.clone()).ok_or_else(|| missing(name))
}

pub(super) fn create(region: &mut Region, input: &Value) -> Reply {
    let name = text(input, "GroupName").unwrap_or_default().to_owned();
    let vpc = text(input, "VpcId").map_or_else(|| region.default_network().0, str::to_owned);
    if !region.ec2.vpcs.iter().any(|known| known.id == vpc) {
        let message = format!("The vpc ID '{vpc}' does not exist");
        return Err(Refusal::new("InvalidVpcID.NotFound", message));
    }
    if region.ec2.groups.values().any(|group| group.name == name && group.vpc == vpc) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(Refusal::new("InvalidGroup.Duplicate", message));
    }
    let id = format!("sg-{}", region.ids.hex(17));
    let tags = list(input, "TagSpecification")
        .iter()
        .flat_map(|specification| tags::from_pairs(specification, "Tag"))
        .collect();
    let answer = json!({"groupId": id, "return": true, "tagSet": tags::low_pairs(&tags),
                        "securityGroupArn": region.arn("ec2", &format!("security-group/{id}"))});
    region.ec2.tags.insert(id.clone(), tags);
    let group = Group {
        id: id.clone(),
        name,
        description: text(input, "GroupDescription").unwrap_or_default().to_owned(),
        vpc,
        ingress: Vec::new(),
        egress: vec![Rule::everything("ipRanges", "0.0.0.0/0")],
    };
    region.ec2.groups.insert(id, group);
    Ok(answer)
}

pub(super) fn describe(region: &Region, input: &Value) -> Reply {
    let ec2 = &region.ec2;
    let ids = texts(input, "GroupId");
    let names = texts(input, "GroupName");
    if let Some(id) = ids.iter().find(|id| !ec2.groups.contains_key(*id)) {
        return Err(missing(id));
    }
    if let Some(name) = names.iter().find(|name| !ec2.groups.values().any(|g| g.name == **name)) {
        return Err(missing(name));
    }
    let mut shown_groups = Vec::new();
    for group in ec2.groups.values() {
        let tags = ec2.tags.get(&group.id);
        let fits = (ids.is_empty() || ids.contains(&group.id))
            && (names.is_empty() || names.contains(&group.name))
            && passes(input, tags, |name| match name {
                "group-id" => one(&group.id),
                "group-name" => one(&group.name),
                "vpc-id" => one(&group.vpc),
                "description" => one(&group.description),
                "owner-id" => one(ACCOUNT),
                "ip-permission.group-id" => {
                    Some(group.ingress.iter().map(|rule| rule.source.clone()).collect())
                }
                _ => None,
            })?;
        if fits {
            let arn = region.arn("ec2", &format!("security-group/{}", group.id));
            shown_groups.push(json!({
                "groupId": group.id, "groupName": group.name, "vpcId": group.vpc,
                "groupDescription": group.description, "ownerId": ACCOUNT,
                "securityGroupArn": arn,
                "ipPermissions": shown(&group.ingress),
                "ipPermissionsEgress": shown(&group.egress),
                "tagSet": tags.map(tags::low_pairs).unwrap_or_else(|| json!([])),
            }));
        }
    }
    Ok(json!({"securityGroupInfo": shown_groups}))
}

pub(super) fn delete(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let id = chosen(region, input)?;
    let group = region.ec2.groups.get(&id).ok_or_else(|| missing(&id))?;
    if group.name == "default" {
        let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted");
        return Err(Refusal::new("CannotDelete", message));
    }
    let others = region.ec2.groups.values().filter(|other| other.id != id);
    let referred =
        others.flat_map(|other| other.ingress.iter().chain(&other.egress)).any(|r| r.source == id);
    let attached = region.ec2.interfaces.iter().any(|each| each.groups.contains(&id));
    let called = region.lambda.functions.values().any(|each| each.uses_group(&id));
    if referred || attached || called || crate::ecs::uses_group(region, &id, here.pace, here.now) {
        let message = format!("resource {id} has a dependent object");
        return Err(Refusal::new("DependencyViolation", message));
    }
    region.ec2.groups.remove(&id);
    region.ec2.tags.remove(&id);
    Ok(json!({"return": true, "groupId": id}))
}
