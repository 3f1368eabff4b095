//! Whether the network has what the load balancer and the tasks need.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{RouteTable, Subnet, VpcEndpoint};
use ragctl_stacks::{
    backend::Reply,
    stack::{Scheme, Stack},
};

use super::{
    Subject,
    finding::{Finding, Findings, count, list},
    route::{self, Way},
};
use crate::{aws::Aws, call::call, network::filter};

/// What a load balancer needs in each of its subnets.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>
const FREE_FOR_BALANCER: i32 = 8;

/// The network as it is.
#[derive(Debug)]
pub(super) struct Layout {
    /// The VPC of the tasks.
    pub(super) vpc: String,
    /// The tasks' subnets.
    pub(super) tasks: Vec<Subnet>,
    /// The load balancer's; none where the file names a listener.
    balancer: Vec<Subnet>,
    /// What the file names and does not exist.
    missing: Vec<String>,
    /// The security groups that the file names and are not in the VPC.
    missing_groups: Vec<String>,
}

/// Looks at the subnets, at where their packets go, and at the VPC's endpoints.
pub(super) async fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::of("network");
    match layout(subject).await {
        Ok(layout) => judge(subject, &mut found, &layout).await,
        Err(error) if subject.stack.network.subnets.is_empty() => found.failed(
            error.to_string(),
            "name one: `network: {subnets: [subnet-…, subnet-…]}`; `aws ec2 describe-subnets` lists those that are",
        ),
        Err(error) => found.refused(&error),
    }
    found.done()
}

async fn layout(subject: Subject<'_>) -> Reply<Layout> {
    let Subject { aws, stack, .. } = subject;
    let network = &stack.network;
    let tasks: BTreeSet<String> = match network.subnets.as_slice() {
        [] => aws.network().await?.subnets.clone(),
        named => named.iter().map(ToString::to_string).collect(),
    };
    let balancer: BTreeSet<String> = match network.balancer_subnets.as_slice() {
        _ if stack.load_balancer.listener.is_some() => BTreeSet::new(),
        [] => tasks.clone(),
        named => named.iter().map(ToString::to_string).collect(),
    };
    let wanted: BTreeSet<String> = tasks.union(&balancer).cloned().collect();
    let all = subnets(aws, &wanted).await?;
    let of = |ids: &BTreeSet<String>| -> Vec<Subnet> {
        all.iter().filter(|it| ids.contains(id(it))).cloned().collect()
    };
    let (tasks, balancer) = (of(&tasks), of(&balancer));
    let vpc = tasks.first().or(balancer.first()).and_then(|it| it.vpc_id()).unwrap_or_default();
    let there: BTreeSet<&str> = all.iter().map(id).collect();
    Ok(Layout {
        missing_groups: missing_groups(subject, vpc).await?,
        vpc: vpc.to_owned(),
        missing: wanted.iter().filter(|it| !there.contains(it.as_str())).cloned().collect(),
        tasks,
        balancer,
    })
}

/// The subnets of these that exist. A filter takes ids of which some do not.
async fn subnets(aws: &Aws, ids: &BTreeSet<String>) -> Reply<Vec<Subnet>> {
    let filter = aws_sdk_ec2::types::Filter::builder().name("subnet-id");
    let filter = filter.set_values(Some(ids.iter().cloned().collect())).build();
    let asked = aws.clients.ec2.describe_subnets().filters(filter).send();
    Ok(call("ec2 DescribeSubnets", asked).await?.subnets.unwrap_or_default())
}

/// The security groups that the file names, without those that are in the VPC.
async fn missing_groups(subject: Subject<'_>, vpc: &str) -> Reply<Vec<String>> {
    let Subject { aws, stack, .. } = subject;
    let groups = &stack.network.security_groups;
    let named: BTreeSet<String> =
        groups.balancer.iter().chain(&groups.service).map(ToString::to_string).collect();
    if named.is_empty() || vpc.is_empty() {
        return Ok(Vec::new());
    }
    let ids = aws_sdk_ec2::types::Filter::builder().name("group-id");
    let ids = ids.set_values(Some(named.iter().cloned().collect())).build();
    let asked = aws.clients.ec2.describe_security_groups().filters(ids);
    let asked = asked.filters(filter("vpc-id", vpc)).send();
    let found = call("ec2 DescribeSecurityGroups", asked).await?.security_groups;
    let there: BTreeSet<String> =
        found.unwrap_or_default().into_iter().filter_map(|it| it.group_id).collect();
    Ok(named.difference(&there).cloned().collect())
}

pub(super) fn id(subnet: &Subnet) -> &str {
    subnet.subnet_id().unwrap_or_default()
}

async fn judge(subject: Subject<'_>, found: &mut Findings, layout: &Layout) {
    let Subject { aws, stack, .. } = subject;
    if !layout.missing.is_empty() {
        found.failed(
            format!("{} not there in {}", are(&layout.missing), aws.names.region()),
            format!(
                "correct `network: {{subnets: …}}`; `aws ec2 describe-subnets --region {}` lists those that are",
                aws.names.region()
            ),
        );
    }
    if !layout.missing_groups.is_empty() {
        found.failed(
            format!("{} not there in {}", are(&layout.missing_groups), layout.vpc),
            format!(
                "correct `network: {{security_groups: …}}`; `aws ec2 describe-security-groups --region {}` lists those that are",
                aws.names.region()
            ),
        );
    }
    one_vpc(found, stack, layout);
    zones(found, stack, layout);
    addresses(found, stack, layout);
    if layout.tasks.is_empty() {
        return;
    }
    let (tables, endpoints) = tokio::join!(tables(aws, &layout.vpc), endpoints(aws, &layout.vpc));
    match (tables, endpoints) {
        (Ok(tables), endpoints) => {
            front(found, stack, layout, &tables);
            match endpoints {
                Ok(endpoints) => route::judge(subject, found, layout, &tables, &endpoints),
                Err(error) => found.unanswered(&error),
            }
        }
        (Err(error), _) => found.unanswered(&error),
    }
    if !found.has_failed() {
        let zones: BTreeSet<Option<&str>> =
            layout.tasks.iter().map(|it| it.availability_zone()).collect();
        found.passed(format!(
            "{}, in {} and {}",
            layout.vpc,
            count(layout.tasks.len(), "subnet"),
            count(zones.len(), "zone")
        ));
    }
}

async fn tables(aws: &Aws, vpc: &str) -> Reply<Vec<RouteTable>> {
    let asked = aws.clients.ec2.describe_route_tables().filters(filter("vpc-id", vpc)).send();
    Ok(call("ec2 DescribeRouteTables", asked).await?.route_tables.unwrap_or_default())
}

async fn endpoints(aws: &Aws, vpc: &str) -> Reply<Vec<VpcEndpoint>> {
    let asked = aws.clients.ec2.describe_vpc_endpoints().filters(filter("vpc-id", vpc)).send();
    Ok(call("ec2 DescribeVpcEndpoints", asked).await?.vpc_endpoints.unwrap_or_default())
}

fn one_vpc(found: &mut Findings, stack: &Stack, layout: &Layout) {
    let mut by_vpc: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for it in layout.tasks.iter().chain(&layout.balancer) {
        by_vpc.entry(it.vpc_id().unwrap_or_default()).or_default().insert(id(it));
    }
    if by_vpc.len() > 1 {
        let told: Vec<String> = by_vpc
            .iter()
            .map(|(vpc, ids)| format!("{} in {vpc}", list(&ids.iter().collect::<Vec<_>>())))
            .collect();
        found.failed(
            format!("the subnets lie in more than one VPC: {}", list(&told)),
            "name subnets of one VPC in `network: {subnets: …, balancer_subnets: …}`",
        );
        return;
    }
    let named = stack.network.vpc.as_ref().map(|it| it.as_str());
    if let (Some(named), Some(vpc)) = (named, by_vpc.keys().next())
        && named != *vpc
    {
        found.failed(
            format!("the subnets lie in {vpc}, and the file names {named}"),
            format!("correct `network: {{vpc: {vpc}}}`, or name subnets of {named}"),
        );
    }
}

/// A load balancer has one subnet in each of two zones at least.
fn zones(found: &mut Findings, stack: &Stack, layout: &Layout) {
    if stack.load_balancer.listener.is_some() || layout.balancer.is_empty() {
        return;
    }
    let mut by_zone: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in &layout.balancer {
        by_zone.entry(it.availability_zone().unwrap_or_default()).or_default().push(id(it));
    }
    let field = field_of_balancer(stack);
    if by_zone.len() < 2 && layout.missing.is_empty() {
        found.failed(
            format!(
                "the load balancer needs subnets in two zones, and has {} in {}",
                list(&layout.balancer.iter().map(id).collect::<Vec<_>>()),
                list(&by_zone.keys().collect::<Vec<_>>())
            ),
            format!("add a subnet of another zone to `network: {{{field}: …}}`"),
        );
    }
    for (zone, ids) in by_zone.iter().filter(|(_, ids)| ids.len() > 1) {
        found.failed(
            format!(
                "the load balancer can have one subnet of a zone, and {} are all in {zone}",
                list(ids)
            ),
            format!("name one of them in `network: {{{field}: …}}`"),
        );
    }
}

/// The field that names the load balancer's subnets.
fn field_of_balancer(stack: &Stack) -> &'static str {
    match stack.network.balancer_subnets.as_slice() {
        [] if !stack.network.subnets.is_empty() => "subnets",
        _ => "balancer_subnets",
    }
}

/// Whether there is room for the load balancer, and for all tasks while a new revision takes over.
fn addresses(found: &mut Findings, stack: &Stack, layout: &Layout) {
    for it in &layout.balancer {
        if let Some(free) = it.available_ip_address_count()
            && free < FREE_FOR_BALANCER
        {
            found.warning(
                format!(
                    "{} has {free} free addresses, and a load balancer that is made needs {FREE_FOR_BALANCER}",
                    id(it)
                ),
                format!("name a larger one in `network: {{{}: …}}`", field_of_balancer(stack)),
            );
        }
    }
    let scaling = &stack.autoscaling;
    let scheduled = scaling.schedules.values().map(|it| it.maximum.get());
    let most = scheduled.chain([scaling.maximum.get()]).max().unwrap_or_default();
    let needed = stack.deployment.most(most);
    let free: Option<i32> = layout.tasks.iter().map(|it| it.available_ip_address_count()).sum();
    if let Some(free) = free.and_then(|it| u32::try_from(it).ok())
        && free < needed
        && !layout.tasks.is_empty()
    {
        found.warning(
            format!(
                "the tasks' subnets have {free} free addresses together, and a deployment at {most} tasks needs {needed}"
            ),
            "add a subnet to `network: {subnets: …}`, or lower `autoscaling: {maximum: …}`",
        );
    }
}

/// A load balancer that faces the internet answers only from subnets that lead there.
fn front(found: &mut Findings, stack: &Stack, layout: &Layout, tables: &[RouteTable]) {
    if stack.load_balancer.scheme == Scheme::Internal {
        return;
    }
    let hidden: Vec<&str> = layout
        .balancer
        .iter()
        .filter(|it| !matches!(route::way(it, tables), Way::Internet))
        .map(id)
        .collect();
    if !hidden.is_empty() {
        found.failed(
            format!(
                "the load balancer faces the internet, and {} no route to an internet gateway",
                have(&hidden)
            ),
            "name public subnets: `network: {balancer_subnets: [subnet-…, subnet-…]}`; or `load_balancer: {scheme: internal}`",
        );
    }
}

fn are<T: AsRef<str>>(ids: &[T]) -> String {
    format!("{} {}", list(ids), if ids.len() == 1 { "is" } else { "are" })
}

pub(super) fn have<T: AsRef<str>>(ids: &[T]) -> String {
    format!("{} {}", list(ids), if ids.len() == 1 { "has" } else { "have" })
}
