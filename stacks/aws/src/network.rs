//! The network that a stack lies in where its file names none: found, never made.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, Subnet};
use ragctl_stacks::{
    backend::{BackendError, Reply},
    resource::Subnets,
};

use crate::{aws::Aws, call::call};

/// A VPC, and the subnets of it that are taken where none are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) vpc: String,
    pub(crate) subnets: BTreeSet<String>,
}

/// Asks for the network that the file means, with one call.
pub(crate) async fn find(aws: &Aws) -> Reply<Network> {
    let ask = aws.clients.ec2.describe_subnets();
    let named = &aws.wanted_network.subnets;
    let ask = match &aws.wanted_network.vpc {
        _ if !named.is_empty() => {
            ask.set_subnet_ids(Some(named.iter().map(ToString::to_string).collect()))
        }
        Some(vpc) => ask.filters(filter("vpc-id", vpc.as_str())),
        None => ask.filters(filter("default-for-az", "true")),
    };
    let found = call("ec2 DescribeSubnets", ask.send()).await?;
    let subnets = found.subnets();
    let Some(vpc) = subnets.first().and_then(|it| it.vpc_id()) else {
        return Err(BackendError::Refused {
            operation: "finding a network".to_owned(),
            reason: match &aws.wanted_network.vpc {
                Some(vpc) => format!("{vpc} has no subnets in {}", aws.names.region()),
                None => format!(
                    "{} has no default VPC; name one: `network: {{vpc: vpc-…}}`",
                    aws.names.region()
                ),
            },
        });
    };
    Ok(Network { vpc: vpc.to_owned(), subnets: one_in_each_zone(subnets) })
}

pub(crate) fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// One subnet of each zone: a public one where there is one, and of those the first by its id.
fn one_in_each_zone(subnets: &[Subnet]) -> BTreeSet<String> {
    let mut chosen: BTreeMap<&str, (bool, &str)> = BTreeMap::new();
    for subnet in subnets {
        let (Some(id), Some(zone)) = (subnet.subnet_id(), subnet.availability_zone()) else {
            continue;
        };
        let this = (!subnet.map_public_ip_on_launch().unwrap_or(false), id);
        let kept = chosen.entry(zone).or_insert(this);
        *kept = (*kept).min(this);
    }
    chosen.into_values().map(|(_, id)| id.to_owned()).collect()
}

impl Network {
    /// The subnets by which a resource names them, as AWS takes them.
    pub(crate) fn ids_of(&self, subnets: &Subnets) -> Vec<String> {
        match subnets {
            Subnets::Default => self.subnets.iter().cloned().collect(),
            Subnets::Named(named) => named.iter().cloned().collect(),
        }
    }

    /// A network of which nothing is known: what lies in one is not called by it.
    pub(crate) const fn unknown() -> Self {
        Self { vpc: String::new(), subnets: BTreeSet::new() }
    }

    /// What a resource calls these subnets.
    pub(crate) fn called(&self, live: BTreeSet<String>, are_named: bool) -> Subnets {
        if !are_named && live == self.subnets { Subnets::Default } else { Subnets::Named(live) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_subnet_comes_first_in_its_zone() {
        let subnet = |id: &str, zone: &str, public| {
            Subnet::builder()
                .subnet_id(id)
                .availability_zone(zone)
                .map_public_ip_on_launch(public)
                .build()
        };
        let all = [
            subnet("subnet-1", "a", false),
            subnet("subnet-2", "a", true),
            subnet("subnet-3", "a", true),
            subnet("subnet-4", "b", false),
        ];
        let chosen: Vec<String> = one_in_each_zone(&all).into_iter().collect();
        assert_eq!(chosen, ["subnet-2", "subnet-4"]);
    }
}
