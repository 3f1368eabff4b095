//! VPCs, subnets, route tables and endpoints: planted, then only read.

use serde_json::{Value, json};

use super::Ec2;
use super::filter::{one, passes};
use super::group::Group;
use crate::account::{ACCOUNT, Region};
use crate::input::texts;
use crate::refusal::{Refusal, Reply};
use crate::tags::low_pairs;

/// Addresses that a subnet has for others, unless a test says how many.
const FREE: u32 = 4000;

/// A virtual network.
#[derive(Clone, Debug)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) cidr: String,
    pub(crate) default: bool,
}

/// A part of a VPC in one zone.
#[derive(Clone, Debug)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) cidr: String,
    pub(crate) default: bool,
    /// Addresses that nobody has yet.
    pub(crate) free: u32,
}

/// Where the packets of some subnets go.
#[derive(Clone, Debug)]
pub(crate) struct RouteTable {
    id: String,
    vpc: String,
    main: bool,
    subnets: Vec<String>,
    /// Where 0.0.0.0/0 goes: the field of a route, and its id.
    default: Option<(&'static str, String)>,
    cidr: String,
}

/// A private door to one of AWS's services.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    id: String,
    vpc: String,
    service: String,
    gateway: bool,
}

/// A second VPC: two public subnets for a balancer, two private ones for tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateNetwork {
    /// The VPC's id.
    pub vpc: String,
    /// Subnets whose default route is an internet gateway, in two zones.
    pub public: Vec<String>,
    /// Subnets whose default route is a NAT gateway, or which have none, in the same zones.
    pub private: Vec<String>,
}

impl Ec2 {
    /// A default VPC with three public subnets in three zones.
    pub(crate) fn with_default_network(region: &str, ids: &mut crate::account::Ids) -> Self {
        let mut all = Self::default();
        let vpc = format!("vpc-{}", ids.hex(17));
        let cidr = String::from("172.31.0.0/16");
        for (n, zone) in ['a', 'b', 'c'].into_iter().enumerate() {
            all.subnets.push(Subnet {
                id: format!("subnet-{}", ids.hex(17)),
                vpc: vpc.clone(),
                zone: format!("{region}{zone}"),
                cidr: format!("172.31.{}.0/20", n * 16),
                default: true,
                free: FREE,
            });
        }
        all.tables.push(RouteTable {
            id: format!("rtb-{}", ids.hex(17)),
            vpc: vpc.clone(),
            main: true,
            subnets: Vec::new(),
            default: Some(("gatewayId", format!("igw-{}", ids.hex(17)))),
            cidr: cidr.clone(),
        });
        let group = Group::default_of(format!("sg-{}", ids.hex(17)), &vpc);
        all.groups.insert(group.id.clone(), group);
        all.vpcs.push(Vpc { id: vpc, cidr, default: true });
        all
    }

    /// A subnet by its id.
    pub(crate) fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.id == id)
    }
}

impl Region {
    /// Plants a second VPC, whose private subnets reach the internet through a NAT gateway or not.
    pub fn plant_network(&mut self, nat: bool) -> PrivateNetwork {
        let n = self.ec2.vpcs.len();
        let vpc = format!("vpc-{}", self.ids.hex(17));
        let cidr = format!("10.{n}.0.0/16");
        let (mut public, mut private) = (Vec::new(), Vec::new());
        for (kind, ids) in [(0, &mut public), (10, &mut private)] {
            for (m, zone) in ['a', 'b'].into_iter().enumerate() {
                let id = format!("subnet-{}", self.ids.hex(17));
                ids.push(id.clone());
                self.ec2.subnets.push(Subnet {
                    id,
                    vpc: vpc.clone(),
                    zone: format!("{}{zone}", self.name),
                    cidr: format!("10.{n}.{}.0/24", kind + m),
                    default: false,
                    free: FREE,
                });
            }
        }
        let gateway = ("gatewayId", format!("igw-{}", self.ids.hex(17)));
        let translator = ("natGatewayId", format!("nat-{}", self.ids.hex(17)));
        let tables = [
            (true, Vec::new(), None),
            (false, public.clone(), Some(gateway)),
            (false, private.clone(), nat.then_some(translator)),
        ];
        for (main, subnets, default) in tables {
            let id = format!("rtb-{}", self.ids.hex(17));
            let (vpc, cidr) = (vpc.clone(), cidr.clone());
            self.ec2.tables.push(RouteTable { id, vpc, main, subnets, default, cidr });
        }
        let group = Group::default_of(format!("sg-{}", self.ids.hex(17)), &vpc);
        self.ec2.groups.insert(group.id.clone(), group);
        self.ec2.vpcs.push(Vpc { id: vpc.clone(), cidr, default: false });
        PrivateNetwork { vpc, public, private }
    }

    /// Plants an endpoint for a service, such as `ecr.api` or `s3`, in a VPC.
    pub fn plant_endpoint(&mut self, vpc: &str, service: &str) {
        self.ec2.endpoints.push(Endpoint {
            id: format!("vpce-{}", self.ids.hex(17)),
            vpc: vpc.to_owned(),
            service: format!("com.amazonaws.{}.{service}", self.name),
            gateway: matches!(service, "s3" | "dynamodb"),
        });
    }

    /// Says how many addresses of a subnet nobody has yet.
    pub fn set_free_addresses(&mut self, subnet: &str, free: u32) {
        for each in self.ec2.subnets.iter_mut().filter(|each| each.id == subnet) {
            each.free = free;
        }
    }

    /// Takes the default VPC away, as some companies do.
    pub fn remove_default_network(&mut self) {
        self.ec2.vpcs.retain(|vpc| !vpc.default);
        let left: Vec<&String> = self.ec2.vpcs.iter().map(|vpc| &vpc.id).collect();
        self.ec2.subnets.retain(|subnet| left.contains(&&subnet.vpc));
        self.ec2.tables.retain(|table| left.contains(&&table.vpc));
        self.ec2.groups.retain(|_, group| left.contains(&&group.vpc));
    }

    /// The default VPC's id and its subnets' ids, in the order of their zones.
    pub fn default_network(&self) -> (String, Vec<String>) {
        let vpc = self.ec2.vpcs.iter().find(|vpc| vpc.default).map(|vpc| vpc.id.clone());
        let vpc = vpc.unwrap_or_default();
        let subnets = self.ec2.subnets.iter().filter(|subnet| subnet.vpc == vpc);
        let subnets = subnets.map(|subnet| subnet.id.clone()).collect();
        (vpc, subnets)
    }

    /// The id of the security group that the default VPC came with.
    pub fn default_group(&self) -> String {
        let (vpc, _) = self.default_network();
        let mut groups = self.ec2.groups.values();
        let found = groups.find(|it| it.vpc == vpc && it.name == "default");
        found.map(|it| it.id.clone()).unwrap_or_default()
    }
}

/// The items with the ids that `key` lists, or all; a missing one is an error.
fn named<'a, T>(
    all: &'a [T],
    input: &Value,
    key: &str,
    id: impl Fn(&T) -> &str,
    error: &str,
) -> Result<Vec<&'a T>, Refusal> {
    let wanted = texts(input, key);
    if let Some(missing) = wanted.iter().find(|name| !all.iter().any(|item| id(item) == *name)) {
        return Err(Refusal::new(error, format!("The ID '{missing}' does not exist")));
    }
    let chosen = |item: &&T| wanted.is_empty() || wanted.iter().any(|name| name == id(item));
    Ok(all.iter().filter(chosen).collect())
}

fn kept<T>(
    items: Vec<&T>,
    passes: impl Fn(&T) -> Result<bool, Refusal>,
    show: impl Fn(&T) -> Value,
) -> Result<Vec<Value>, Refusal> {
    let mut shown = Vec::new();
    for item in items {
        if passes(item)? {
            shown.push(show(item));
        }
    }
    Ok(shown)
}

pub(super) fn vpcs(ec2: &Ec2, input: &Value) -> Reply {
    let items = named(&ec2.vpcs, input, "VpcId", |vpc| &vpc.id, "InvalidVpcID.NotFound")?;
    let passing = |vpc: &Vpc| {
        passes(input, ec2.tags.get(&vpc.id), |name| match name {
            "vpc-id" => one(&vpc.id),
            "is-default" | "isDefault" => one(vpc.default.to_string()),
            "cidr" | "cidr-block" => one(&vpc.cidr),
            "state" => one("available"),
            "owner-id" => one(ACCOUNT),
            _ => None,
        })
    };
    let show = |vpc: &Vpc| {
        json!({"vpcId": vpc.id, "cidrBlock": vpc.cidr, "isDefault": vpc.default,
               "state": "available", "ownerId": ACCOUNT, "instanceTenancy": "default",
               "tagSet": ec2.tags.get(&vpc.id).map(low_pairs).unwrap_or_else(|| json!([]))})
    };
    Ok(json!({"vpcSet": kept(items, passing, show)?}))
}

pub(super) fn subnets(ec2: &Ec2, input: &Value) -> Reply {
    let items =
        named(&ec2.subnets, input, "SubnetId", |subnet| &subnet.id, "InvalidSubnetID.NotFound")?;
    let passing = |subnet: &Subnet| {
        passes(input, ec2.tags.get(&subnet.id), |name| match name {
            "subnet-id" => one(&subnet.id),
            "vpc-id" => one(&subnet.vpc),
            "default-for-az" | "defaultForAz" => one(subnet.default.to_string()),
            "availability-zone" => one(&subnet.zone),
            "state" => one("available"),
            "map-public-ip-on-launch" => one(subnet.default.to_string()),
            _ => None,
        })
    };
    let show = |subnet: &Subnet| {
        let zone = subnet.zone.bytes().last().unwrap_or(b'a') - b'a' + 1;
        json!({"subnetId": subnet.id, "vpcId": subnet.vpc, "availabilityZone": subnet.zone,
               "availabilityZoneId": format!("az{zone}"), "cidrBlock": subnet.cidr,
               "defaultForAz": subnet.default, "mapPublicIpOnLaunch": subnet.default,
               "state": "available", "ownerId": ACCOUNT, "availableIpAddressCount": subnet.free,
               "tagSet": ec2.tags.get(&subnet.id).map(low_pairs).unwrap_or_else(|| json!([]))})
    };
    Ok(json!({"subnetSet": kept(items, passing, show)?}))
}

pub(super) fn tables(ec2: &Ec2, input: &Value) -> Reply {
    let items = named(
        &ec2.tables,
        input,
        "RouteTableId",
        |table| &table.id,
        "InvalidRouteTableID.NotFound",
    )?;
    let passing = |table: &RouteTable| {
        passes(input, ec2.tags.get(&table.id), |name| match name {
            "vpc-id" => one(&table.vpc),
            "route-table-id" => one(&table.id),
            "association.main" => one(table.main.to_string()),
            "association.subnet-id" => Some(table.subnets.clone()),
            _ => None,
        })
    };
    let show = |table: &RouteTable| {
        let association = |subnet: Option<&String>| {
            json!({"routeTableAssociationId": format!("rtbassoc-{}", &table.id[4..]),
                   "routeTableId": table.id, "subnetId": subnet, "main": subnet.is_none(),
                   "associationState": {"state": "associated"}})
        };
        let main = table.main.then(|| association(None));
        let associations: Vec<Value> =
            main.into_iter().chain(table.subnets.iter().map(|id| association(Some(id)))).collect();
        let mut routes = vec![json!({"destinationCidrBlock": table.cidr, "gatewayId": "local",
                                     "state": "active", "origin": "CreateRouteTable"})];
        routes.extend(table.default.as_ref().map(|(field, id)| {
            json!({"destinationCidrBlock": "0.0.0.0/0", *field: id, "state": "active",
                   "origin": "CreateRoute"})
        }));
        json!({"routeTableId": table.id, "vpcId": table.vpc, "ownerId": ACCOUNT,
               "associationSet": associations, "routeSet": routes, "tagSet": []})
    };
    Ok(json!({"routeTableSet": kept(items, passing, show)?}))
}

pub(super) fn endpoints(ec2: &Ec2, input: &Value) -> Reply {
    let items = ec2.endpoints.iter().collect();
    let passing = |endpoint: &Endpoint| {
        passes(input, None, |name| match name {
            "vpc-id" => one(&endpoint.vpc),
            "service-name" => one(&endpoint.service),
            "vpc-endpoint-state" => one("available"),
            "vpc-endpoint-id" => one(&endpoint.id),
            _ => None,
        })
    };
    // A gateway is in every route table of its VPC.
    let tables = |endpoint: &Endpoint| {
        let within = |table: &&RouteTable| endpoint.gateway && table.vpc == endpoint.vpc;
        ec2.tables.iter().filter(within).map(|table| table.id.clone()).collect::<Vec<_>>()
    };
    let show = |endpoint: &Endpoint| {
        json!({"vpcEndpointId": endpoint.id, "vpcId": endpoint.vpc,
               "serviceName": endpoint.service, "state": "available", "ownerId": ACCOUNT,
               "vpcEndpointType": if endpoint.gateway { "Gateway" } else { "Interface" },
               "privateDnsEnabled": !endpoint.gateway,
               "routeTableIdSet": tables(endpoint)})
    };
    Ok(json!({"vpcEndpointSet": kept(items, passing, show)?}))
}
