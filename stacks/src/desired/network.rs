//! What stands between clients and what answers them: security groups, the load balancer and its listeners, or a rule of another's.

use std::collections::BTreeSet;

use super::fargate::{idle, keepalive};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        Ingress, Listener, ListenerAction, ListenerRule, LoadBalancer, Place, Resource, RuleAction,
        Scheme, SecurityGroup, Subnets,
    },
    stack::{self, ExistingListener, SecurityGroupId, Stack, SubnetId, Target},
};

/// Everybody.
const ANYWHERE: &str = "0.0.0.0/0";

/// All of it, for tasks.
pub(super) fn resources(stack: &Stack) -> Vec<Resource> {
    let groups = group_of_own_tasks(stack).into_iter().chain(group_of_own_ping(stack));
    groups.map(Resource::from).chain(front(stack)).collect()
}

/// The balancer and its listeners, or the rule of another's.
pub(super) fn front(stack: &Stack) -> Vec<Resource> {
    let mut all: Vec<Resource> =
        group_of_own_balancer(stack).map(Resource::from).into_iter().collect();
    match &stack.load_balancer.listener {
        Some(listener) => all.push(rule(stack, listener).into()),
        None => {
            all.push(load_balancer(stack).into());
            all.extend(listeners(stack).into_iter().map(Resource::from));
            all.extend(own_rules(stack).into_iter().map(Resource::from));
        }
    }
    all
}

/// What requests go to in the end: the tasks' target group, or the function's.
fn target(stack: &Stack) -> Address {
    match stack.target {
        Target::Lambda => Address::app(Kind::FunctionTarget),
        Target::Local | Target::Fargate => Address::app(Kind::TargetGroup),
    }
}

/// What passes requests to the target group.
pub(super) fn behind_listener(stack: &Stack) -> Address {
    let balancer = &stack.load_balancer;
    match (&balancer.listener, &balancer.certificate) {
        (Some(_), _) => Address::app(Kind::ListenerRule),
        (None, Some(_)) => https(),
        (None, None) => http(),
    }
}

/// What a request from outside comes to first.
pub(super) fn behind(stack: &Stack) -> Address {
    match &stack.load_balancer.listener {
        Some(_) => Address::app(Kind::ListenerRule),
        None => Address::app(Kind::LoadBalancer),
    }
}

pub(super) fn of_tasks(stack: &Stack) -> Subnets {
    subnets(&stack.network.subnets)
}

/// The security groups of the tasks: those named, or the stack's own.
pub(super) fn groups_of_tasks(stack: &Stack) -> BTreeSet<String> {
    groups(&stack.network.security_groups.service, &group_of_tasks())
}

/// The listeners whose rules send requests to the tasks: the stack's own by their addresses, another by its ARN.
pub(super) fn with_rules(stack: &Stack) -> Vec<String> {
    let balancer = &stack.load_balancer;
    match (&balancer.listener, &balancer.certificate) {
        (Some(listener), _) => vec![listener.arn.to_string()],
        (None, Some(_)) if balancer.redirect => vec![https().to_string()],
        (None, Some(_)) => vec![http().to_string(), https().to_string()],
        (None, None) => vec![http().to_string()],
    }
}

/// The security group of a function that asks from within the network.
pub(super) fn group_of_ping() -> Address {
    Address::of(Kind::SecurityGroup, "ping")
}

fn http() -> Address {
    Address::of(Kind::Listener, "http")
}

fn https() -> Address {
    Address::of(Kind::Listener, "https")
}

pub(super) fn group_of_tasks() -> Address {
    Address::of(Kind::SecurityGroup, "service")
}

fn group_of_balancer() -> Address {
    Address::of(Kind::SecurityGroup, "balancer")
}

fn subnets(named: &[SubnetId]) -> Subnets {
    match named {
        [] => Subnets::Default,
        named => Subnets::Named(named.iter().map(ToString::to_string).collect()),
    }
}

fn groups(named: &[SecurityGroupId], own: &Address) -> BTreeSet<String> {
    match named {
        [] => BTreeSet::from([own.to_string()]),
        named => named.iter().map(ToString::to_string).collect(),
    }
}

/// A group that is the stack's own: where the file names some, it is not made.
fn own_group(stack: &Stack, at: Address, ingress: BTreeSet<Ingress>) -> SecurityGroup {
    let vpc = stack.network.vpc.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string);
    SecurityGroup { name: at.name, vpc, ingress }
}

fn group_of_own_balancer(stack: &Stack) -> Option<SecurityGroup> {
    let balancer = &stack.load_balancer;
    let is_own = stack.network.security_groups.balancer.is_empty() && balancer.listener.is_none();
    let https = balancer.certificate.as_ref().map(|_| balancer.https_port);
    let ports = std::iter::once(balancer.port).chain(https);
    let ingress = ports.map(|port| Ingress::tcp(ANYWHERE.to_owned(), port.number())).collect();
    is_own.then(|| own_group(stack, group_of_balancer(), ingress))
}

fn group_of_own_tasks(stack: &Stack) -> Option<SecurityGroup> {
    let named = &stack.network.security_groups;
    let port = stack.service.port.number();
    let from = groups(&named.balancer, &group_of_balancer());
    let ingress = from.into_iter().map(|from| Ingress::tcp(from, port)).collect();
    named.service.is_empty().then(|| own_group(stack, group_of_tasks(), ingress))
}

fn group_of_own_ping(stack: &Stack) -> Option<SecurityGroup> {
    keepalive::is_hidden(stack).then(|| own_group(stack, group_of_ping(), BTreeSet::new()))
}

/// The group of the function, where it lies in the network: nobody connects to it.
pub(super) fn group_of_function(stack: &Stack) -> Option<SecurityGroup> {
    stack.lambda.in_network.then(|| own_group(stack, group_of_tasks(), BTreeSet::new()))
}

fn load_balancer(stack: &Stack) -> LoadBalancer {
    let network = &stack.network;
    let own = match network.balancer_subnets.as_slice() {
        [] => &network.subnets,
        own => own,
    };
    LoadBalancer {
        name: Name::app(),
        idle_timeout: stack.load_balancer.idle_timeout.duration(),
        place: Place::Network {
            scheme: match stack.load_balancer.scheme {
                stack::Scheme::InternetFacing => Scheme::InternetFacing,
                stack::Scheme::Internal => Scheme::Internal,
            },
            subnets: subnets(own),
            security_groups: groups(&network.security_groups.balancer, &group_of_balancer()),
        },
    }
}

fn listeners(stack: &Stack) -> Vec<Listener> {
    let balancer = &stack.load_balancer;
    let forward = || ListenerAction::Forward(target(stack));
    let listener = |at: Address, port: stack::Port, certificate, action| Listener {
        name: at.name,
        load_balancer: Address::app(Kind::LoadBalancer),
        port: port.number(),
        certificate,
        action,
    };
    let Some(certificate) = &balancer.certificate else {
        return vec![listener(http(), balancer.port, None, forward())];
    };
    let in_the_clear = if balancer.redirect {
        ListenerAction::RedirectToHttps(balancer.https_port.number())
    } else {
        forward()
    };
    vec![
        listener(http(), balancer.port, None, in_the_clear),
        listener(https(), balancer.https_port, Some(certificate.to_string()), forward()),
    ]
}

/// Where the service sleeps, requests to the stack's own listeners go by rules: what the listeners do by themselves stays
/// as it is, so that switching `idle` on and off leaves no gap.
///
/// Where the service has a name, requests to any other name end in 404, asleep and awake: scanners find balancers by
/// their addresses, and would keep the service awake.
fn own_rules(stack: &Stack) -> Vec<ListenerRule> {
    let Some(door) = idle::door(stack) else { return Vec::new() };
    let everything = || BTreeSet::from(["/*".to_owned()]);
    let domain = stack.load_balancer.domain.as_ref();
    let rule = |name: &str, listener: &str, priority, action| ListenerRule {
        name: Name::try_from(name).expect("the names of rules are names"),
        listener: listener.to_owned(),
        priority,
        hosts: BTreeSet::new(),
        paths: everything(),
        action,
    };
    let mut all = Vec::new();
    for listener in with_rules(stack) {
        let name = listener.trim_start_matches("listener/");
        let action = RuleAction::Forward {
            target_group: Address::app(Kind::TargetGroup),
            while_asleep: Some(door.clone()),
        };
        let to_tasks = rule(name, &listener, 1, action);
        let Some(domain) = domain else {
            all.push(to_tasks);
            continue;
        };
        let hosts = BTreeSet::from([domain.to_string()]);
        all.push(ListenerRule { hosts, paths: BTreeSet::new(), ..to_tasks });
        all.push(rule(&format!("{name}-others"), &listener, 2, RuleAction::NotFound));
    }
    all
}

fn rule(stack: &Stack, listener: &ExistingListener) -> ListenerRule {
    ListenerRule {
        name: Name::app(),
        listener: listener.arn.to_string(),
        priority: listener.priority.get(),
        hosts: listener.hosts.iter().map(ToString::to_string).collect(),
        paths: listener.paths.iter().map(ToString::to_string).collect(),
        action: RuleAction::Forward {
            target_group: target(stack),
            while_asleep: idle::door(stack),
        },
    }
}
