//! Whether tasks reach what they need: the registry, the logs, the secrets and the models.

use std::{collections::BTreeMap, net::IpAddr};

use aws_sdk_ec2::types::{Route, RouteState, RouteTable, Subnet, VpcEndpoint, VpcEndpointType};
use ragctl_stacks::stack::{Models, Program, Provider, SecretReference, Setting, Stack};

use super::{
    Subject,
    finding::{Findings, list},
    image,
    network::{Layout, have, id},
};
use crate::ecr::in_ecr;

/// Where the packets of a subnet go that go nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// To an internet gateway, which takes those of public addresses only.
    Internet,
    /// To a NAT gateway, or another way that we cannot look behind: a transit gateway, an appliance.
    Translated,
    /// To something that is gone.
    Broken,
    /// Nowhere.
    Nowhere,
}

/// A thing that tasks need from outside their subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Door {
    /// A service of AWS in the stack's region, which the VPC can have an endpoint for.
    Service(&'static str),
    /// A registry that only the internet has.
    Registry(String),
}

/// The default route of a subnet: that of its own table, or of the VPC's main one.
pub(super) fn way(subnet: &Subnet, tables: &[RouteTable]) -> Way {
    let Some(table) = table_of(subnet, tables) else { return Way::Nowhere };
    let default = table.routes().iter().find(|it| it.destination_cidr_block() == Some("0.0.0.0/0"));
    match default {
        None => Way::Nowhere,
        Some(route) if route.state() == Some(&RouteState::Blackhole) => Way::Broken,
        Some(route) if leads_to_internet(route) => Way::Internet,
        Some(_) => Way::Translated,
    }
}

fn leads_to_internet(route: &Route) -> bool {
    route.gateway_id().is_some_and(|it| it.starts_with("igw-"))
}

fn table_of<'a>(subnet: &Subnet, tables: &'a [RouteTable]) -> Option<&'a RouteTable> {
    let own = tables
        .iter()
        .find(|table| table.associations().iter().any(|it| it.subnet_id() == Some(id(subnet))));
    let main = || {
        tables.iter().find(|table| {
            table.vpc_id() == subnet.vpc_id()
                && table.associations().iter().any(|it| it.main() == Some(true))
        })
    };
    own.or_else(main)
}

/// Tells which subnets lack a way to what tasks need, and what exactly is missing.
pub(super) fn judge(
    subject: Subject<'_>,
    found: &mut Findings,
    layout: &Layout,
    tables: &[RouteTable],
    endpoints: &[VpcEndpoint],
) {
    let Subject { aws, stack, .. } = subject;
    let region = aws.names.region();
    let doors = doors(stack, region);
    // Subnets that lack the same are told together.
    let mut closed: BTreeMap<(Way, Vec<String>), Vec<&str>> = BTreeMap::new();
    for subnet in &layout.tasks {
        let way = way(subnet, tables);
        let is_open = match way {
            Way::Translated => true,
            Way::Internet => stack.network.has_public_ip(),
            Way::Broken | Way::Nowhere => false,
        };
        if !is_open {
            let table = table_of(subnet, tables);
            let lacks = doors.iter().filter_map(|it| lacking(it, region, table, endpoints));
            closed.entry((way, lacks.collect())).or_default().push(id(subnet));
        }
    }
    for ((way, lacks), subnets) in &closed {
        if !lacks.is_empty() {
            let (what, remedy) = told(*way, subnets, lacks, layout, region);
            found.failed(what, remedy);
        }
    }
    let hosts = internet_hosts(&stack.models);
    if !closed.is_empty() && !hosts.is_empty() {
        let subnets: Vec<&str> = closed.values().flatten().copied().collect();
        found.warning(
            format!(
                "the models are asked for at {}, and {} no way to the internet, so questions would hang",
                list(&hosts),
                have(&subnets)
            ),
            "give those subnets a NAT gateway, or name models within the VPC: `models: {llm: {host: …}}`",
        );
    }
}

/// What tasks need: to pull the image, to log, and to read their secrets.
fn doors(stack: &Stack, region: &str) -> Vec<Door> {
    let mut all = Vec::new();
    let pulled = match &stack.service.program {
        Program::Image(image) => Some(image.as_str()),
        Program::Build(build) => build.repository.as_ref().map(|it| it.as_str()),
        Program::Bundled | Program::Binary(_) | Program::Zip { .. } => None,
    };
    match pulled.map(|image| (image, in_ecr(image))) {
        Some((image, named)) if named.as_ref().is_none_or(|it| it.region != region) => {
            all.push(Door::Registry(image::registry(image).to_owned()));
        }
        // What is built goes to ECR, where the file names no other place.
        _ => all.extend(["ecr.api", "ecr.dkr", "s3"].map(Door::Service)),
    }
    all.push(Door::Service("logs"));
    let environment = stack.service_environment();
    let secrets = |is: fn(&SecretReference) -> bool| {
        environment.values().any(|it| matches!(it, Setting::Secret(it) if is(it)))
    };
    if secrets(|it| matches!(it, SecretReference::Ssm(_))) {
        all.push(Door::Service("ssm"));
    }
    if secrets(|it| matches!(it, SecretReference::SecretsManager(_))) {
        all.push(Door::Service("secretsmanager"));
    }
    all
}

/// What is missing of a door, in a few words; `None` when it is open.
fn lacking(
    door: &Door,
    region: &str,
    table: Option<&RouteTable>,
    endpoints: &[VpcEndpoint],
) -> Option<String> {
    let service = match door {
        Door::Registry(registry) => return Some(format!("a way to {registry}")),
        Door::Service(service) => service,
    };
    let ending = format!(".{region}.{service}");
    let usable = endpoints.iter().filter(|it| {
        it.service_name().is_some_and(|name| name.ends_with(&ending))
            // The reference writes `Available`, and EC2 answers `available`.
            && it.state().is_none_or(|it| it.as_str().eq_ignore_ascii_case("available"))
    });
    let table = table.and_then(|it| it.route_table_id()).unwrap_or_default();
    let (mut is_there, mut is_open) = (false, false);
    for it in usable {
        is_there = true;
        is_open |= match it.vpc_endpoint_type() {
            Some(VpcEndpointType::Gateway) => it.route_table_ids().iter().any(|it| it == table),
            // Without private DNS nobody finds it by the service's name.
            _ => it.private_dns_enabled() == Some(true),
        };
    }
    match (is_open, is_there, *service) {
        (true, ..) => None,
        (false, false, "s3") => Some("a gateway endpoint for s3".to_owned()),
        (false, true, "s3") => Some(format!("a route in {table} to the endpoint for s3")),
        (false, false, service) => Some(format!("an endpoint for {service}")),
        (false, true, service) => Some(format!("private DNS at the endpoint for {service}")),
    }
}

fn told(
    way: Way,
    subnets: &[&str],
    lacks: &[String],
    layout: &Layout,
    region: &str,
) -> (String, String) {
    let lacks = list(lacks);
    let vpc = &layout.vpc;
    let endpoints = format!(
        "add what is missing: `aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpc} --service-name com.amazonaws.{region}.…`"
    );
    match way {
        Way::Internet => (
            format!(
                "{} a route to an internet gateway, but tasks without public addresses cannot use it, and lack {lacks}",
                have(subnets)
            ),
            "`network: {public_ip: true}` in the file; or name subnets with a NAT gateway"
                .to_owned(),
        ),
        Way::Broken => (
            format!(
                "{} a default route to something that is gone, and lack {lacks}",
                have(subnets)
            ),
            format!("replace that route by one to a NAT gateway; or {endpoints}"),
        ),
        Way::Nowhere | Way::Translated => (
            format!("{} no way to the internet, and tasks there lack {lacks}", have(subnets)),
            format!("give them a default route to a NAT gateway; or {endpoints}"),
        ),
    }
}

/// The hosts of the models that are not within the VPC, as far as a name tells.
fn internet_hosts(models: &Models) -> Vec<&str> {
    let mut all: Vec<&str> = [&models.embedding.provider, &models.llm.provider]
        .into_iter()
        .filter_map(|it| match it {
            Provider::OpenAi { host, .. } => Some(host.host()),
            Provider::BuiltIn => None,
        })
        .filter(|it| is_on_internet(it))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn is_on_internet(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(it)) => !(it.is_private() || it.is_loopback() || it.is_link_local()),
        Ok(IpAddr::V6(it)) => !(it.is_unique_local() || it.is_loopback()),
        Err(_) => {
            let within = [".internal", ".local", ".localhost", ".lan", ".corp", ".home.arpa"];
            host.contains('.') && !within.iter().any(|it| host.ends_with(it))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_on_the_internet_are_told_from_those_within() {
        for host in ["api.openai.com", "8.8.8.8"] {
            assert!(is_on_internet(host), "{host}");
        }
        for host in ["10.0.0.7", "models.internal", "localhost", "ollama", "[::1]", "fd00::1"] {
            assert!(!is_on_internet(host), "{host}");
        }
    }
}
