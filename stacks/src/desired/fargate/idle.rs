//! What sends the service to sleep when nobody asks, and wakes it when somebody does: a function behind a door of its own.
//!
//! ECS never stops an idle task by itself. While the service sleeps, the listeners' rules lead to the function, which
//! wakes it and has the caller come again; a rule of `EventBridge` calls it each minute to look whether it may sleep.

use std::collections::BTreeSet;

use super::{keepalive::schedule_name, log_group};
use crate::desired::{network, role};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        Digest, Function, FunctionCode, FunctionTarget, Job, Resource, Schedule, Wake, WhileWaking,
    },
    stack::Stack,
};

/// The source of the function.
pub const WAKE: &str = include_str!("../../../aws/functions/wake.mjs");

/// How often the function looks whether the service may sleep; metrics have one value a minute.
const TICK: &str = "rate(1 minute)";

/// The function's address, where the service sleeps.
pub(super) fn function(stack: &Stack) -> Option<Address> {
    stack.idle.map(|_| Address::of(Kind::Function, "wake"))
}

/// The door to the function, where the service sleeps.
pub(in crate::desired) fn door(stack: &Stack) -> Option<Address> {
    stack.idle.map(|_| Address::of(Kind::FunctionTarget, "wake"))
}

pub(super) fn resources(stack: &Stack) -> Vec<Resource> {
    let (Some(idle), Some(function)) = (stack.idle, function(stack)) else { return Vec::new() };
    let name = || Name::try_from("wake").expect("`wake` is a name");
    let logs = Address::of(Kind::LogGroup, "wake");
    let service = Address::app(Kind::Service);
    let wake = Wake {
        service: service.clone(),
        target_group: Address::app(Kind::TargetGroup),
        listeners: network::with_rules(stack).into_iter().collect::<BTreeSet<_>>(),
        minimum: stack.autoscaling.minimum.get(),
        maximum: stack.autoscaling.maximum.get(),
        after: idle.after.duration(),
        longest_request: stack.service.request_timeout.duration(),
        // It cannot hold a request: Lambda would be paid for each second of waiting.
        while_waking: if stack.service.answer_while_warming {
            WhileWaking::Accept
        } else {
            WhileWaking::Refuse
        },
    };
    vec![
        log_group(stack, name()).into(),
        role::of_wake(stack, logs.clone(), service).into(),
        Function {
            name: name(),
            code: FunctionCode::Source(Digest::of(&WAKE)),
            job: Job::Wake(wake),
            role: Address::of(Kind::Role, "wake"),
            log_group: Some(logs),
            network: None,
        }
        .into(),
        FunctionTarget { name: name(), function: function.clone() }.into(),
        Schedule {
            name: schedule_name("tick"),
            expression: TICK.to_owned(),
            path: None,
            through: function,
            role: None,
        }
        .into(),
    ]
}
