//! API destinations: an HTTP endpoint that a rule can call.

use serde_json::{Value, json};

use super::{Events, missing};
use crate::account::Here;
use crate::input::{keep, need, overlay, set};
use crate::refusal::{Refusal, Reply};

/// What a caller may say of an API destination.
const SENT: [&str; 6] = [
    "Name",
    "Description",
    "ConnectionArn",
    "InvocationEndpoint",
    "HttpMethod",
    "InvocationRateLimitPerSecond",
];

fn brief(fields: &Value) -> Value {
    keep(fields, &["ApiDestinationArn", "ApiDestinationState", "CreationTime", "LastModifiedTime"])
}

/// Refuses a connection that is not there.
fn check(events: &Events, input: &Value) -> Result<(), Refusal> {
    let Some(arn) = input.get("ConnectionArn").and_then(Value::as_str) else { return Ok(()) };
    let known = events.connections.values().any(|each| each["ConnectionArn"] == arn);
    if known { Ok(()) } else { Err(missing("Connection", arn)) }
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let name = need(input, "Name")?;
    if region.events.destinations.contains_key(name) {
        let message = format!("An api-destination '{name}' already exists.");
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    need(input, "ConnectionArn")?;
    check(&region.events, input)?;
    let (id, now) = (region.ids.uuid(), here.now.seconds());
    let mut fields = json!({
        "ApiDestinationArn": region.arn("events", &format!("api-destination/{name}/{id}")),
        "ApiDestinationState": "ACTIVE", "InvocationRateLimitPerSecond": 300,
        "CreationTime": now, "LastModifiedTime": now,
    });
    overlay(&mut fields, &keep(input, &SENT));
    let answer = brief(&fields);
    region.events.destinations.insert(name.to_owned(), fields);
    Ok(answer)
}

fn find<'a>(events: &'a mut Events, input: &Value) -> Result<&'a mut Value, Refusal> {
    let name = need(input, "Name")?;
    events.destinations.get_mut(name).ok_or_else(|| missing("ApiDestination", name))
}

pub(super) fn describe(events: &mut Events, input: &Value) -> Reply {
    Ok(find(events, input)?.clone())
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    check(&here.region.events, input)?;
    let fields = find(&mut here.region.events, input)?;
    overlay(fields, &keep(input, &SENT));
    set(fields, "LastModifiedTime", here.now.seconds());
    Ok(brief(fields))
}

pub(super) fn delete(events: &mut Events, input: &Value) -> Reply {
    find(events, input)?;
    events.destinations.remove(need(input, "Name")?);
    Ok(json!({}))
}
