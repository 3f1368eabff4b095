//! EventBridge: rules, their targets, connections and API destinations.

mod connection;
mod destination;
mod rule;
mod schedule;
mod tag;
mod target;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use rule::Rule;
pub(crate) use schedule::is_valid as schedule_is_valid;

use crate::account::Here;
use crate::refusal::{Refusal, Reply};

/// What EventBridge holds in a region, by name.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) rules: BTreeMap<String, Rule>,
    /// As `DescribeConnection` shows them.
    pub(crate) connections: BTreeMap<String, Value>,
    /// As `DescribeApiDestination` shows them.
    pub(crate) destinations: BTreeMap<String, Value>,
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    let events = &mut here.region.events;
    match action {
        "PutRule" => rule::put(here.region, input),
        "DescribeRule" => rule::describe(events, input),
        "ListRules" => Ok(rule::list(events, input)),
        "EnableRule" => rule::switch(events, input, "ENABLED"),
        "DisableRule" => rule::switch(events, input, "DISABLED"),
        "DeleteRule" => rule::delete(events, input),
        "PutTargets" => target::put(events, input),
        "RemoveTargets" => target::remove(events, input),
        "ListTargetsByRule" => target::list(events, input),
        "TagResource" => tag::tag(events, input),
        "UntagResource" => tag::untag(events, input),
        "ListTagsForResource" => tag::list(events, input),
        "CreateConnection" => connection::create(here, input),
        "DescribeConnection" => connection::describe(events, input),
        "UpdateConnection" => connection::update(here, input),
        "DeleteConnection" => connection::delete(events, input),
        "CreateApiDestination" => destination::create(here, input),
        "DescribeApiDestination" => destination::describe(events, input),
        "UpdateApiDestination" => destination::update(here, input),
        "DeleteApiDestination" => destination::delete(events, input),
        _ => Err(Refusal::not_here("events", action)),
    }
}

/// The refusal of a thing that is not there.
fn missing(what: &str, name: &str) -> Refusal {
    let message = format!("{what} {name} does not exist on EventBus default.");
    Refusal::new("ResourceNotFoundException", message)
}
