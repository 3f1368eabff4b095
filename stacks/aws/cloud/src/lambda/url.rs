//! Function URLs: an HTTPS address for a function, or for an alias of it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>

use serde_json::{Value, json};

use super::function::Function;
use super::name::{LATEST, absent, conflict, find, is_number, named, no_resource, nothing};
use super::page::page;
use crate::account::{Here, Region};
use crate::input::{fill, keep, need, overlay, set, text};
use crate::refusal::{Refusal, Reply};

/// How many configurations a page has at the most.
const PAGE: usize = 50;

/// What a caller may say of a URL.
const SENT: [&str; 3] = ["AuthType", "InvokeMode", "Cors"];

/// Refuses words that there are not.
fn check(input: &Value) -> Result<(), Refusal> {
    let words = [
        ("AuthType", "authType", "NONE, AWS_IAM"),
        ("InvokeMode", "invokeMode", "BUFFERED, RESPONSE_STREAM"),
    ];
    for (key, member, known) in words {
        let said = text(input, key).filter(|said| !known.split(", ").any(|it| it == *said));
        if let Some(said) = said {
            let message = format!(
                "1 validation error detected: Value '{said}' at '{member}' failed to satisfy \
                 constraint: Member must satisfy enum value set: [{known}]"
            );
            return Err(Refusal::new("ValidationException", message));
        }
    }
    Ok(())
}

/// The alias that a call names; empty for the function itself.
fn qualifier(input: &Value) -> Result<String, Refusal> {
    let qualifier = named(input)?.qualifier.unwrap_or_default();
    if qualifier == LATEST || is_number(&qualifier) {
        let message = format!(
            "1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: \
             ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
        );
        return Err(Refusal::new("ValidationException", message));
    }
    Ok(qualifier)
}

fn known<'a>(
    region: &'a mut Region,
    input: &Value,
    alias: &str,
) -> Result<&'a mut Function, Refusal> {
    let missing = || absent("Function does not exist");
    let function = find(region, input).map_err(|_| missing())?;
    if !alias.is_empty() && !function.aliases.contains_key(alias) {
        return Err(missing());
    }
    Ok(function)
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let qualifier = qualifier(input)?;
    need(input, "AuthType")?;
    check(input)?;
    let id = here.region.ids.letters(32).to_lowercase();
    let (url, now) =
        (format!("https://{id}.lambda-url.{}.on.aws/", here.region.name), here.now.iso());
    let function = known(here.region, input, &qualifier)?;
    let arn = match qualifier.as_str() {
        "" => function.arn().to_owned(),
        alias => format!("{}:{alias}", function.arn()),
    };
    if function.urls.contains_key(&qualifier) {
        return Err(conflict(format!(
            "Failed to create function url config for [functionArn = {arn}]. Error message:  \
             FunctionUrlConfig exists for this Lambda function"
        )));
    }
    let mut fields = keep(input, &SENT);
    let made = json!({"FunctionUrl": url, "FunctionArn": arn, "InvokeMode": "BUFFERED",
                      "CreationTime": now, "LastModifiedTime": now});
    fill(&mut fields, &made);
    function.urls.insert(qualifier, fields.clone());
    Ok(fields)
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let qualifier = qualifier(input)?;
    let function = find(region, input).map_err(|_| no_resource())?;
    function.urls.get(&qualifier).cloned().ok_or_else(no_resource)
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let (qualifier, now) = (qualifier(input)?, here.now.iso());
    check(input)?;
    let function = known(here.region, input, &qualifier)?;
    let fields = function.urls.get_mut(&qualifier).ok_or_else(no_resource)?;
    overlay(fields, &keep(input, &SENT));
    set(fields, "LastModifiedTime", now);
    Ok(fields.clone())
}

pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let qualifier = qualifier(input)?;
    let function = find(region, input).map_err(|_| no_resource())?;
    function.urls.remove(&qualifier).ok_or_else(no_resource)?;
    nothing()
}

pub(super) fn list(region: &mut Region, input: &Value) -> Reply {
    let function = known(region, input, "")?;
    let all = function.urls.values().cloned().collect();
    Ok(page(all, "FunctionUrlConfigs", input, PAGE))
}
