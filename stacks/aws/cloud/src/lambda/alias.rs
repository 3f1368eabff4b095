//! Aliases: names for versions, which can be moved.

use serde_json::{Value, json};

use super::function::Function;
use super::name::{absent, conflict, find, invalid, is_number, must_be_latest, named, nothing};
use super::page::page;
use crate::account::{Here, Region};
use crate::input::{need, set, text};
use crate::refusal::{Refusal, Reply};

/// How many aliases a page has at the most.
const PAGE: usize = 50;

/// The refusal of an alias that is not there.
pub(super) fn missing(arn: &str) -> Refusal {
    absent(format!("Cannot find alias arn: {arn}"))
}

/// Refuses versions that an alias cannot have.
fn check(function: &Function, version: &str, routing: Option<&Value>) -> Result<(), Refusal> {
    function.must_have(version)?;
    let weights = routing.and_then(|it| it.get("AdditionalVersionWeights"));
    let Some(weights) = weights.and_then(Value::as_object).filter(|it| !it.is_empty()) else {
        return Ok(());
    };
    if weights.len() > 1 {
        return Err(invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    if !is_number(version) {
        let message = "$LATEST is not supported for an alias pointing to more than 1 version";
        return Err(invalid(message));
    }
    for other in weights.keys() {
        if other == version {
            return Err(invalid(format!(
                "Invalid function version {version}. Function version {version} is already \
                 included in routing configuration."
            )));
        }
        function.must_have(other)?;
    }
    Ok(())
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let revision = here.region.ids.uuid();
    let (name, version) = (need(input, "Name")?, need(input, "FunctionVersion")?);
    let shaped = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    if is_number(name) || !name.chars().all(shaped) {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        );
        return Err(Refusal::new("ValidationException", message));
    }
    let function = find(here.region, input)?;
    let routing = input.get("RoutingConfig");
    check(function, version, routing)?;
    let arn = format!("{}:{name}", function.arn());
    if function.aliases.contains_key(name) {
        return Err(conflict(format!("Alias already exists: {arn}")));
    }
    let mut fields = json!({
        "AliasArn": arn, "Name": name, "FunctionVersion": version, "RevisionId": revision,
        "Description": text(input, "Description").unwrap_or_default(),
    });
    if let Some(routing) = routing {
        set(&mut fields, "RoutingConfig", routing.clone());
    }
    function.aliases.insert(name.to_owned(), fields.clone());
    Ok(fields)
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "Name")?;
    let function = find(region, input)?;
    let found = function.aliases.get(name).cloned();
    found.ok_or_else(|| missing(&format!("{}:{name}", function.arn())))
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, pace, revision) = (here.now, here.pace, here.region.ids.uuid());
    let name = need(input, "Name")?;
    let function = find(here.region, input)?;
    let Some(old) = function.aliases.get(name).cloned() else {
        return Err(absent(format!("Alias not found: {}:{name}", function.arn())));
    };
    must_be_latest(input, &old)?;
    let before = text(&old, "FunctionVersion").unwrap_or_default();
    let version = text(input, "FunctionVersion").unwrap_or(before);
    let routing = input.get("RoutingConfig").or_else(|| old.get("RoutingConfig"));
    check(function, version, routing)?;
    if version != before {
        function.move_provisioned(name, version, now, pace)?;
    }
    let mut fields = old.clone();
    set(&mut fields, "FunctionVersion", version);
    set(&mut fields, "RevisionId", revision);
    for key in ["Description", "RoutingConfig"] {
        if let Some(said) = input.get(key).filter(|it| !it.is_null()) {
            set(&mut fields, key, said.clone());
        }
    }
    function.aliases.insert(name.to_owned(), fields.clone());
    Ok(fields)
}

/// Removes an alias with all that only it had; one that is not there is as good as removed.
pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "Name")?;
    let function = find(region, input)?;
    function.aliases.remove(name);
    function.forget(name);
    nothing()
}

pub(super) fn list(region: &mut Region, input: &Value) -> Reply {
    named(input)?;
    let version = text(input, "FunctionVersion");
    let function = find(region, input)?;
    let fits = |it: &&Value| version.is_none() || text(it, "FunctionVersion") == version;
    let all = function.aliases.values().filter(fits).cloned().collect();
    Ok(page(all, "Aliases", input, PAGE))
}
