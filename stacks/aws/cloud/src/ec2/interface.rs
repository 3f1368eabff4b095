//! Network interfaces, which balancers and tasks have, and which hold their security groups.

use serde_json::{Value, json};

use super::Ec2;
use super::filter::{one, passes};
use crate::account::{ACCOUNT, Here, Region};
use crate::input::texts;
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// A network interface.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub(crate) id: String,
    /// Whose it is: an ARN.
    pub(crate) owner: String,
    pub(crate) description: String,
    pub(crate) subnet: String,
    pub(crate) groups: Vec<String>,
    pub(crate) address: String,
    pub(crate) public: Option<String>,
    /// When its owner's end lets it go.
    pub(crate) released: Option<Time>,
}

/// Makes an interface in a subnet.
pub(crate) fn attach(
    region: &mut Region,
    owner: &str,
    description: String,
    subnet: &str,
    groups: Vec<String>,
    public: bool,
) -> Interface {
    region.ec2.addresses += 1;
    let n = region.ec2.addresses;
    let cidr = region.ec2.subnet(subnet).map_or("10.0.0.0/24", |subnet| &subnet.cidr);
    let net = cidr.rsplit_once('.').map_or("10.0.0", |(net, _)| net);
    let address = format!("{net}.{}", n % 250 + 4);
    let public = public.then(|| format!("198.51.{}.{}", 100 + n / 250 % 100, n % 250 + 1));
    let interface = Interface {
        id: format!("eni-{}", region.ids.hex(17)),
        owner: owner.to_owned(),
        description,
        subnet: subnet.to_owned(),
        groups,
        address,
        public,
        released: None,
    };
    region.ec2.interfaces.push(interface.clone());
    interface
}

/// Lets the interfaces of `owner` go at a moment.
pub(crate) fn release(region: &mut Region, owner: &str, at: Time) {
    for interface in region.ec2.interfaces.iter_mut().filter(|each| each.owner == owner) {
        interface.released.get_or_insert(at);
    }
}

/// Forgets the interfaces whose time has come.
pub(super) fn forget_released(here: &mut Here<'_>) {
    let now = here.now;
    here.region.ec2.interfaces.retain(|each| each.released.is_none_or(|at| at > now));
}

pub(super) fn describe(ec2: &Ec2, input: &Value) -> Reply {
    let ids = texts(input, "NetworkInterfaceId");
    if let Some(id) = ids.iter().find(|id| !ec2.interfaces.iter().any(|each| each.id == **id)) {
        let message = format!("The networkInterface ID '{id}' does not exist");
        return Err(Refusal::new("InvalidNetworkInterfaceID.NotFound", message));
    }
    let mut shown = Vec::new();
    for each in &ec2.interfaces {
        let subnet = ec2.subnet(&each.subnet);
        let vpc = subnet.map(|subnet| subnet.vpc.as_str()).unwrap_or_default();
        let fits = (ids.is_empty() || ids.contains(&each.id))
            && passes(input, None, |name| match name {
                "network-interface-id" => one(&each.id),
                "group-id" => Some(each.groups.clone()),
                "subnet-id" => one(&each.subnet),
                "vpc-id" => one(vpc),
                "description" => one(&each.description),
                "status" => one("in-use"),
                "private-ip-address" | "addresses.private-ip-address" => one(&each.address),
                _ => None,
            })?;
        if fits {
            let groups = each.groups.iter().map(|id| {
                let name = ec2.groups.get(id).map(|group| group.name.clone());
                json!({"groupId": id, "groupName": name})
            });
            shown.push(json!({
                "networkInterfaceId": each.id, "description": each.description,
                "subnetId": each.subnet, "vpcId": vpc, "status": "in-use", "ownerId": ACCOUNT,
                "availabilityZone": subnet.map(|subnet| subnet.zone.clone()),
                "privateIpAddress": each.address, "groupSet": groups.collect::<Value>(),
                "association": each.public.as_ref().map(|ip| json!({"publicIp": ip})),
            }));
        }
    }
    Ok(json!({"networkInterfaceSet": shown}))
}
