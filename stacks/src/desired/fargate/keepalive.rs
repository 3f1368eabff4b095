//! What asks the service on a schedule: a rule of `EventBridge`, and what it calls.
//!
//! `EventBridge` itself can ask public addresses with a certificate, and no other: those are a destination. For the rest
//! there is a function, which lies in the stack's network where the balancer can be reached from nowhere else.

use super::log_group;
use crate::desired::{network, role};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        Connection, Destination, Digest, Function, FunctionCode, FunctionNetwork, Job, Resource,
        Schedule,
    },
    stack::{Keepalive, LoadBalancer, Scheme, Stack},
};

/// The source of the function that asks.
pub const PING: &str = include_str!("../../../aws/functions/ping.mjs");

/// The header by which a ping is told from real use. See `docs/reference/service.md`.
const PURPOSE: &str = "X-Ragctl-Purpose";

pub(super) fn resources(stack: &Stack) -> Vec<Resource> {
    let Some(ping) = &stack.ping else { return Vec::new() };
    match public(&stack.load_balancer) {
        Some(at) => by_itself(stack, ping, &at),
        None => by_a_function(stack, ping),
    }
}

/// The name of a schedule, which the code knows to be one.
pub(super) fn schedule_name(name: &str) -> Name {
    Name::try_from(name).expect("the names of schedules are names")
}

/// Where everybody reaches the service over HTTPS, if they do.
#[must_use]
pub fn public(balancer: &LoadBalancer) -> Option<String> {
    let (Some(domain), Some(_)) = (&balancer.domain, &balancer.certificate) else { return None };
    let is_public = balancer.listener.is_none() && balancer.scheme == Scheme::InternetFacing;
    is_public.then(|| https(&domain.to_string(), balancer.https_port.get()))
}

fn https(domain: &str, port: u32) -> String {
    if port == 443 { format!("https://{domain}") } else { format!("https://{domain}:{port}") }
}

fn by_itself(stack: &Stack, ping: &Keepalive, at: &str) -> Vec<Resource> {
    let name = || schedule_name("keepalive");
    let destination = Address::of(Kind::Destination, "keepalive");
    vec![
        Connection { name: name(), header: PURPOSE.to_owned() }.into(),
        Destination {
            name: name(),
            asks: format!("{at}{}", ping.path),
            rate: 1,
            connection: Address::of(Kind::Connection, "keepalive"),
        }
        .into(),
        role::of_schedule(stack, destination.clone()).into(),
        Schedule {
            name: name(),
            expression: ping.schedule.to_string(),
            path: None,
            through: destination,
            role: Some(Address::of(Kind::Role, "keepalive")),
        }
        .into(),
    ]
}

fn by_a_function(stack: &Stack, ping: &Keepalive) -> Vec<Resource> {
    let name = || Name::try_from("ping").expect("`ping` is a name");
    let logs = Address::of(Kind::LogGroup, "ping");
    let network = is_hidden(stack).then(|| FunctionNetwork {
        subnets: network::of_tasks(stack),
        security_group: network::group_of_ping(),
    });
    vec![
        log_group(stack, name()).into(),
        role::of_ping(stack, logs.clone(), network.is_some()).into(),
        Function {
            name: name(),
            code: FunctionCode::Source(Digest::of(&PING)),
            job: Job::Ping { asks: asked(stack), port: port(stack) },
            role: Address::of(Kind::Role, "ping"),
            log_group: Some(logs),
            network,
        }
        .into(),
        Schedule {
            name: schedule_name("keepalive"),
            expression: ping.schedule.to_string(),
            path: Some(ping.path.to_string()),
            through: Address::of(Kind::Function, "ping"),
            role: None,
        }
        .into(),
    ]
}

/// Whether the service is asked from within the stack's network alone.
pub(in crate::desired) fn is_hidden(stack: &Stack) -> bool {
    stack.ping.is_some() && stack.load_balancer.scheme == Scheme::Internal
}

/// The port of the stack's own balancer, where it is asked by the name that AWS gives it and has another than that of HTTP.
fn port(stack: &Stack) -> Option<u16> {
    let balancer = &stack.load_balancer;
    let by_name = balancer.domain.is_some() || balancer.port.number() == 80;
    (!by_name).then(|| balancer.port.number())
}

/// Where the service is reached: by its name where there is a certificate for one, else by the balancer's own.
fn asked(stack: &Stack) -> String {
    let balancer = &stack.load_balancer;
    match (&balancer.domain, &balancer.certificate) {
        (Some(domain), Some(_)) => https(&domain.to_string(), balancer.https_port.get()),
        (Some(domain), None) => format!("http://{domain}:{}", balancer.port.get()),
        (None, _) => Address::app(Kind::LoadBalancer).to_string(),
    }
}
