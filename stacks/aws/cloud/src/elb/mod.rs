//! Elastic Load Balancing, version 2: balancers, target groups, listeners and rules.

mod action;
mod attribute;
mod balancer;
mod group;
mod listener;
mod rule;
mod tag;
mod target;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use balancer::Balancer;
pub(crate) use group::TargetGroup;
pub(crate) use listener::on_port;
pub(crate) use target::Target;

use crate::account::Here;
use crate::input::text;
use crate::refusal::{Refusal, Reply};
use crate::tags::Tags;

/// What Elastic Load Balancing holds in a region, all by ARN.
#[derive(Debug, Default)]
pub(crate) struct Elb {
    pub(crate) balancers: BTreeMap<String, Balancer>,
    pub(crate) groups: BTreeMap<String, TargetGroup>,
    /// As `DescribeListeners` shows them.
    pub(crate) listeners: BTreeMap<String, Value>,
    /// As `DescribeRules` shows them, default rules apart.
    pub(crate) rules: BTreeMap<String, Value>,
    pub(crate) tags: BTreeMap<String, Tags>,
}

impl Elb {
    /// The balancers whose listeners or rules forward to a target group.
    pub(crate) fn balancers_of(&self, group: &str) -> Vec<String> {
        let of_rule = |rule: &Value| {
            let listener = self.listeners.get(text(rule, "ListenerArn")?)?;
            text(listener, "LoadBalancerArn").map(str::to_owned)
        };
        let forwarding = |value: &&Value| action::groups(value).iter().any(|arn| arn == group);
        let listeners = self.listeners.values().filter(forwarding);
        let listeners = listeners.filter_map(|each| text(each, "LoadBalancerArn"));
        let rules = self.rules.values().filter(forwarding).filter_map(of_rule);
        let mut all: Vec<String> = listeners.map(str::to_owned).chain(rules).collect();
        all.sort();
        all.dedup();
        all
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    let elb = &mut here.region.elb;
    match action {
        "CreateLoadBalancer" => balancer::create(here, input),
        "DescribeLoadBalancers" => balancer::describe(here, input),
        "DeleteLoadBalancer" => balancer::delete(here, input),
        "SetSecurityGroups" => balancer::set_groups(here, input),
        "SetSubnets" => balancer::set_subnets(here, input),
        "ModifyLoadBalancerAttributes" => attribute::modify_balancer(elb, input),
        "DescribeLoadBalancerAttributes" => attribute::of_balancer(elb, input),
        "CreateTargetGroup" => group::create(here, input),
        "DescribeTargetGroups" => group::describe(elb, input),
        "ModifyTargetGroup" => group::modify(elb, input),
        "DeleteTargetGroup" => group::delete(elb, input),
        "ModifyTargetGroupAttributes" => attribute::modify_group(elb, input),
        "DescribeTargetGroupAttributes" => attribute::of_group(elb, input),
        "CreateListener" => listener::create(here, input),
        "DescribeListeners" => listener::describe(elb, input),
        "ModifyListener" => listener::modify(here, input),
        "DeleteListener" => listener::delete(elb, input),
        "CreateRule" => rule::create(here, input),
        "DescribeRules" => rule::describe(elb, input),
        "ModifyRule" => rule::modify(elb, input),
        "SetRulePriorities" => rule::set_priorities(elb, input),
        "DeleteRule" => rule::delete(elb, input),
        "DescribeTags" => tag::describe(elb, input),
        "AddTags" => tag::add(elb, input),
        "RemoveTags" => tag::remove(elb, input),
        "RegisterTargets" => target::register(here, input),
        "DeregisterTargets" => target::deregister(elb, input),
        "DescribeTargetHealth" => target::health(elb, input),
        _ => Err(Refusal::not_here("elasticloadbalancing", action)),
    }
}

/// A refusal of what an argument says.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationError", message)
}
