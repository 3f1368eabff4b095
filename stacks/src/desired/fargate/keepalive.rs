//! What asks the service on a schedule: a rule, and a function that it calls.
//!
//! `EventBridge` itself can only ask public addresses with a certificate; the function can ask any.

use super::{log_group, role};
use crate::{
    address::{Address, Kind, Name},
    resource::{Digest, Function, Resource, Schedule},
    stack::Stack,
};

/// The source of the function that asks.
pub const PING: &str = include_str!("../../../aws/functions/ping.mjs");

pub(super) fn resources(stack: &Stack) -> Vec<Resource> {
    let Some(ping) = &stack.ping else { return Vec::new() };
    let name = || Name::try_from("ping").expect("`ping` is a name");
    let logs = Address::of(Kind::LogGroup, "ping");
    let function = Function {
        name: name(),
        code: Digest::of(&PING),
        asks: asked(stack),
        role: Address::of(Kind::Role, "ping"),
        log_group: logs.clone(),
    };
    let schedule = Schedule {
        name: Name::try_from("keepalive").expect("`keepalive` is a name"),
        expression: ping.schedule.to_string(),
        path: ping.path.to_string(),
        through: Address::of(Kind::Function, "ping"),
    };
    vec![
        log_group(stack, name()).into(),
        role::of_function(stack, "ping", logs).into(),
        function.into(),
        schedule.into(),
    ]
}

/// Where the service is reached: by its name where there is a certificate for one, else by the balancer's own.
fn asked(stack: &Stack) -> String {
    let balancer = &stack.load_balancer;
    match (&balancer.domain, &balancer.certificate) {
        (Some(domain), Some(_)) => format!("https://{domain}:{}", balancer.https_port.get()),
        (Some(domain), None) => format!("http://{domain}:{}", balancer.port.get()),
        (None, _) => Address::app(Kind::LoadBalancer).to_string(),
    }
}
