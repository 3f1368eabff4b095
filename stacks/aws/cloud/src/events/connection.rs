//! Connections: how an API destination is spoken to. Their secrets go in and never out.

use serde_json::{Value, json};

use super::{Events, missing};
use crate::account::Here;
use crate::input::{keep, need, overlay, set};
use crate::refusal::{Refusal, Reply};

/// Authorization without its secrets.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "ApiKeyValue" | "Password" | "ClientSecret"))
            .map(|(key, field)| (key.clone(), without_secrets(field)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        other => other.clone(),
    }
}

fn brief(fields: &Value) -> Value {
    keep(fields, &["ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime"])
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let name = need(input, "Name")?;
    if region.events.connections.contains_key(name) {
        let message = format!("Connection {name} already exists.");
        return Err(Refusal::new("ResourceAlreadyExistsException", message));
    }
    let (id, secret) = (region.ids.uuid(), region.ids.uuid());
    let now = here.now.seconds();
    let mut fields = keep(input, &["Name", "Description", "AuthorizationType"]);
    overlay(
        &mut fields,
        &json!({
            "ConnectionArn": region.arn("events", &format!("connection/{name}/{id}")),
            "SecretArn": region.arn("secretsmanager",
                &format!("secret:events!connection/{name}/{secret}")),
            "ConnectionState": "AUTHORIZED",
            "AuthParameters": without_secrets(&input["AuthParameters"]),
            "CreationTime": now, "LastModifiedTime": now, "LastAuthorizedTime": now,
        }),
    );
    let answer = brief(&fields);
    region.events.connections.insert(name.to_owned(), fields);
    Ok(answer)
}

fn find<'a>(events: &'a mut Events, input: &Value) -> Result<&'a mut Value, Refusal> {
    let name = need(input, "Name")?;
    events.connections.get_mut(name).ok_or_else(|| missing("Connection", name))
}

pub(super) fn describe(events: &mut Events, input: &Value) -> Reply {
    Ok(find(events, input)?.clone())
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let fields = find(&mut here.region.events, input)?;
    overlay(fields, &keep(input, &["Description", "AuthorizationType"]));
    if input.get("AuthParameters").is_some_and(Value::is_object) {
        set(fields, "AuthParameters", without_secrets(&input["AuthParameters"]));
    }
    set(fields, "LastModifiedTime", here.now.seconds());
    Ok(brief(fields))
}

pub(super) fn delete(events: &mut Events, input: &Value) -> Reply {
    let mut gone = find(events, input)?.clone();
    events.connections.remove(need(input, "Name")?);
    set(&mut gone, "ConnectionState", "DELETING");
    Ok(brief(&gone))
}
