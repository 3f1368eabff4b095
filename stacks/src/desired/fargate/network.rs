//! What stands between clients and tasks: security groups, the load balancer and its listeners, or a rule of another's.

use std::collections::BTreeSet;

use super::{idle, keepalive};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        Ingress, Listener, ListenerAction, ListenerRule, LoadBalancer, Place, Resource, RuleAction,
        Scheme, SecurityGroup, Subnets,
    },
    stack::{self, ExistingListener, SecurityGroupId, Stack, SubnetId},
};

/// Everybody.
const ANYWHERE: &str = "0.0.0.0/0";

pub(super) fn resources(stack: &Stack) -> Vec<Resource> {
    let mut all: Vec<Resource> = security_groups(stack).into_iter().map(Resource::from).collect();
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

/// What passes requests to the target group.
pub(super) fn front(stack: &Stack) -> Address {
    let balancer = &stack.load_balancer;
    match (&balancer.listener, &balancer.certificate) {
        (Some(_), _) => Address::app(Kind::ListenerRule),
        (None, Some(_)) => https(),
        (None, None) => http(),
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

fn group_of_tasks() -> Address {
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

/// The groups that are the stack's own: where the file names some, those are not made.
fn security_groups(stack: &Stack) -> Vec<SecurityGroup> {
    let named = &stack.network.security_groups;
    let balancer = &stack.load_balancer;
    let vpc = stack.network.vpc.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string);
    let group = |at: Address, ingress| SecurityGroup { name: at.name, vpc: vpc.clone(), ingress };
    let mut all = Vec::new();
    if named.balancer.is_empty() && balancer.listener.is_none() {
        let https = balancer.certificate.as_ref().map(|_| balancer.https_port);
        let ports = std::iter::once(balancer.port).chain(https);
        let ingress = ports.map(|port| Ingress::tcp(ANYWHERE.to_owned(), port.number())).collect();
        all.push(group(group_of_balancer(), ingress));
    }
    if named.service.is_empty() {
        let port = stack.service.port.number();
        let from = groups(&named.balancer, &group_of_balancer());
        let ingress = from.into_iter().map(|from| Ingress::tcp(from, port)).collect();
        all.push(group(group_of_tasks(), ingress));
    }
    if keepalive::is_hidden(stack) {
        all.push(group(group_of_ping(), BTreeSet::new()));
    }
    all
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
    let forward = || ListenerAction::Forward(Address::app(Kind::TargetGroup));
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
            target_group: Address::app(Kind::TargetGroup),
            while_asleep: idle::door(stack),
        },
    }
}
