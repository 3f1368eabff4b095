//! EC2, as far as networks go: VPCs and subnets to read, security groups to own.

mod filter;
mod group;
pub(crate) mod interface;
mod network;
mod permission;
mod rule;
mod tag;

use std::collections::BTreeMap;

use serde_json::Value;

pub use network::PrivateNetwork;

use crate::account::Here;
use crate::refusal::{Refusal, Reply};
use crate::tags::Tags;

/// What EC2 holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Ec2 {
    pub(crate) vpcs: Vec<network::Vpc>,
    pub(crate) subnets: Vec<network::Subnet>,
    pub(crate) tables: Vec<network::RouteTable>,
    pub(crate) endpoints: Vec<network::Endpoint>,
    pub(crate) groups: BTreeMap<String, group::Group>,
    pub(crate) interfaces: Vec<interface::Interface>,
    /// Tags of everything, by its id.
    pub(crate) tags: BTreeMap<String, Tags>,
    pub(crate) addresses: u32,
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    interface::forget_released(here);
    match action {
        "DescribeVpcs" => network::vpcs(&here.region.ec2, input),
        "DescribeSubnets" => network::subnets(&here.region.ec2, input),
        "DescribeRouteTables" => network::tables(&here.region.ec2, input),
        "DescribeVpcEndpoints" => network::endpoints(&here.region.ec2, input),
        "DescribeNetworkInterfaces" => interface::describe(&here.region.ec2, input),
        "DescribeSecurityGroups" => group::describe(here.region, input),
        "CreateSecurityGroup" => group::create(here.region, input),
        "DeleteSecurityGroup" => group::delete(here, input),
        "AuthorizeSecurityGroupIngress" => permission::authorize(here.region, input, true),
        "AuthorizeSecurityGroupEgress" => permission::authorize(here.region, input, false),
        "RevokeSecurityGroupIngress" => permission::revoke(here.region, input, true),
        "RevokeSecurityGroupEgress" => permission::revoke(here.region, input, false),
        "CreateTags" => tag::create(&mut here.region.ec2, input),
        "DeleteTags" => tag::delete(&mut here.region.ec2, input),
        "DescribeTags" => tag::describe(&here.region.ec2, input),
        _ => Err(Refusal::not_here("ec2", action)),
    }
}
