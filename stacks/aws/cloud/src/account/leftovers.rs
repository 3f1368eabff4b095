//! What callers made and did not take away.

use super::Region;
use crate::input::{last, text};

/// All that exists in a region but its networks and what tests planted.
pub(super) fn of(region: &Region) -> Vec<String> {
    let mut all = Vec::new();
    let mut add = |kind: &str, name: &str| all.push(format!("{kind} {name}"));
    let groups = region.ec2.groups.values().filter(|group| group.name != "default");
    groups.for_each(|group| add("ec2 security group", &group.name));
    region.logs.groups.keys().for_each(|name| add("logs log group", name));
    let elb = &region.elb;
    elb.balancers.values().for_each(|each| add("elasticloadbalancing load balancer", each.name()));
    elb.groups.values().for_each(|each| add("elasticloadbalancing target group", each.name()));
    elb.listeners.keys().for_each(|arn| add("elasticloadbalancing listener", arn));
    elb.rules.keys().for_each(|arn| add("elasticloadbalancing rule", arn));
    let ecs = &region.ecs;
    let clusters = ecs.clusters.iter().filter(|(_, each)| each.active());
    clusters.for_each(|(name, _)| add("ecs cluster", name));
    let services = ecs.services.iter().filter(|each| !each.inactive());
    services.for_each(|each| add("ecs service", &each.name));
    let definitions = ecs.definitions.values().flatten();
    definitions
        .filter(|each| each.status() != "DELETE_IN_PROGRESS")
        .for_each(|each| add("ecs task definition", last(each.arn())));
    region.scaling.targets.keys().for_each(|id| add("application-autoscaling target", id));
    region.events.rules.keys().for_each(|name| add("events rule", name));
    region.events.connections.keys().for_each(|name| add("events connection", name));
    region.events.destinations.keys().for_each(|name| add("events API destination", name));
    region.lambda.functions.keys().for_each(|name| add("lambda function", name));
    let layers = region.lambda.layers.iter();
    let layers = layers.flat_map(|(name, it)| it.versions.keys().map(move |at| (name, at)));
    layers.for_each(|(name, number)| add("lambda layer", &format!("{name}:{number}")));
    let repositories = region.ecr.repositories.iter().filter(|(_, it)| !it.is_planted);
    repositories.for_each(|(name, _)| add("ecr repository", name));
    let parameters = region.ssm.parameters.values();
    parameters
        .for_each(|each| add("ssm parameter", text(&each.fields, "Name").unwrap_or_default()));
    all
}
