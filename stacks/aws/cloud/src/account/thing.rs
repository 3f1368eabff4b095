//! What tests change by hand.

use serde_json::Value;

use super::Region;
use crate::input::{text, whole};

/// A thing in a region, by the names that people give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// An ECS cluster.
    Cluster(&'a str),
    /// An ECS service: its cluster and its name.
    Service(&'a str, &'a str),
    /// A task definition: `family:revision`, or the family for its latest.
    TaskDefinition(&'a str),
    /// A load balancer.
    LoadBalancer(&'a str),
    /// A target group.
    TargetGroup(&'a str),
    /// The listener of a load balancer on a port.
    Listener(&'a str, i64),
    /// The rule with a priority of the listener of a load balancer on a port.
    ListenerRule(&'a str, i64, i64),
    /// A log group.
    LogGroup(&'a str),
    /// The scalable target of a resource id, such as `service/cluster/name`.
    ScalableTarget(&'a str),
    /// A scaling policy: its resource id and its name.
    ScalingPolicy(&'a str, &'a str),
    /// A scheduled action: its resource id and its name.
    ScheduledAction(&'a str, &'a str),
    /// An EventBridge rule.
    Rule(&'a str),
    /// A Lambda function.
    Function(&'a str),
    /// A version of a Lambda function: the function's name and the number.
    FunctionVersion(&'a str, u64),
    /// An alias of a Lambda function: the function's name and its own.
    FunctionAlias(&'a str, &'a str),
    /// The URL of a Lambda function, or of an alias of it; the function's own has an empty alias.
    FunctionUrl(&'a str, &'a str),
    /// A version of a layer: the layer's name and the number.
    Layer(&'a str, i64),
    /// A parameter.
    Parameter(&'a str),
}

impl Thing<'_> {
    /// What is stored of it.
    pub(super) fn find<'r>(&self, region: &'r mut Region) -> Option<&'r mut Value> {
        match *self {
            Self::Cluster(name) => Some(&mut region.ecs.clusters.get_mut(name)?.fields),
            Self::Service(cluster, name) => {
                let mut all = region.ecs.services.iter_mut();
                Some(&mut all.find(|each| each.cluster == cluster && each.name == name)?.fields)
            }
            Self::TaskDefinition(name) => Some(&mut crate::ecs::definition(region, name)?.fields),
            Self::LoadBalancer(name) => {
                let mut all = region.elb.balancers.values_mut();
                Some(&mut all.find(|each| each.name() == name)?.fields)
            }
            Self::TargetGroup(name) => {
                let mut all = region.elb.groups.values_mut();
                Some(&mut all.find(|each| each.name() == name)?.fields)
            }
            Self::Listener(balancer, port) => {
                let arn = listener(region, balancer, port)?;
                region.elb.listeners.get_mut(&arn)
            }
            Self::ListenerRule(balancer, port, priority) => {
                let arn = listener(region, balancer, port)?;
                region.elb.rules.values_mut().find(|rule| {
                    text(rule, "ListenerArn") == Some(&arn)
                        && whole(rule, "Priority") == Some(priority)
                })
            }
            Self::LogGroup(name) => Some(&mut region.logs.groups.get_mut(name)?.fields),
            Self::ScalableTarget(id) => region.scaling.targets.get_mut(id),
            Self::ScalingPolicy(id, name) => {
                region.scaling.policies.get_mut(&(id.to_owned(), name.to_owned()))
            }
            Self::ScheduledAction(id, name) => {
                region.scaling.schedules.get_mut(&(id.to_owned(), name.to_owned()))
            }
            Self::Rule(name) => Some(&mut region.events.rules.get_mut(name)?.fields),
            Self::Function(name) => Some(&mut region.lambda.functions.get_mut(name)?.fields),
            Self::FunctionVersion(name, number) => {
                let function = region.lambda.functions.get_mut(name)?;
                Some(&mut function.versions.get_mut(&number)?.fields)
            }
            Self::FunctionAlias(name, alias) => {
                region.lambda.functions.get_mut(name)?.aliases.get_mut(alias)
            }
            Self::FunctionUrl(name, alias) => {
                region.lambda.functions.get_mut(name)?.urls.get_mut(alias)
            }
            Self::Layer(name, number) => {
                region.lambda.layers.get_mut(name)?.versions.get_mut(&number)
            }
            Self::Parameter(name) => Some(&mut region.ssm.parameters.get_mut(name)?.fields),
        }
    }
}

/// The ARN of the listener of a balancer on a port.
fn listener(region: &Region, balancer: &str, port: i64) -> Option<String> {
    let elb = &region.elb;
    let (arn, _) = elb.balancers.iter().find(|(_, each)| each.name() == balancer)?;
    let listener = crate::elb::on_port(elb, arn, port)?;
    text(listener, "ListenerArn").map(str::to_owned)
}
