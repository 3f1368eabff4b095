//! Numbered versions, which never change, and whose numbers are never used again.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html>

use serde_json::Value;

use super::function::{Function, pending, with_state};
use super::missing;
use super::name::{LATEST, conflict, find, invalid, is_number, must_be_latest};
use super::page::page;
use crate::account::{Here, Region};
use crate::input::{set, text};
use crate::pace::Pace;
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// How many versions a page has at the most.
const PAGE: usize = 50;

/// A version.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    /// As `GetFunctionConfiguration` shows it, but for its state.
    pub(crate) fields: Value,
    code: Value,
    /// What the function was when it was published.
    of: Value,
    active: Time,
    /// Whether it has been called.
    pub(super) is_warm: bool,
}

/// What makes a function another one, if it changes.
fn essence(fields: &Value) -> Value {
    let mut essence = fields.clone();
    if let Value::Object(fields) = &mut essence {
        fields.remove("RevisionId");
        fields.remove("LastModified");
    }
    essence
}

impl Function {
    /// A version by its number.
    pub(crate) fn version(&self, number: &str) -> Option<&Version> {
        self.versions.get(&number.parse().ok()?)
    }

    /// The number that a qualifier stands for now, or `$LATEST`; `None` when it stands for nothing.
    pub(super) fn number_of<'a>(&'a self, qualifier: &'a str) -> Option<&'a str> {
        match qualifier {
            LATEST => Some(LATEST),
            number if is_number(number) => self.version(number).map(|_| number),
            alias => text(self.aliases.get(alias)?, "FunctionVersion"),
        }
    }

    /// Refuses a version, or `$LATEST`, that is not there.
    pub(super) fn must_have(&self, version: &str) -> Result<(), Refusal> {
        if version == LATEST || self.version(version).is_some() {
            return Ok(());
        }
        Err(missing(&format!("{}:{version}", self.arn())))
    }

    /// Refuses a version, or `$LATEST`, that cannot be called yet.
    pub(super) fn version_must_be_active(&self, number: &str, now: Time) -> Result<(), Refusal> {
        let active = self.version(number).map_or(self.active, |it| it.active);
        if now < active { Err(pending()) } else { Ok(()) }
    }
}

/// The configuration and the code of what a qualifier stands for.
///
/// # Errors
///
/// `ResourceNotFoundException` when it stands for nothing.
pub(super) fn shown(
    function: &Function,
    qualifier: Option<&str>,
    now: Time,
) -> Result<(Value, Value), Refusal> {
    let Some(qualifier) = qualifier else {
        return Ok((function.shown(now), function.code.clone()));
    };
    let arn = format!("{}:{qualifier}", function.arn());
    let number = function.number_of(qualifier).ok_or_else(|| missing(&arn))?;
    let (mut shown, code) = match function.version(number) {
        Some(version) => {
            let mut shown = version.fields.clone();
            with_state(&mut shown, now < version.active);
            (shown, version.code.clone())
        }
        None => (function.shown(now), function.code.clone()),
    };
    set(&mut shown, "FunctionArn", arn);
    Ok((shown, code))
}

/// Makes what the function is now a version, unless the last is the same.
pub(super) fn publish(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, pace) = (here.now, here.pace);
    let revisions = [here.region.ids.uuid(), here.region.ids.uuid()];
    let function = find(here.region, input)?;
    function.must_be_settled(now)?;
    must_be_latest(input, &function.fields)?;
    let is = text(&function.fields, "CodeSha256").unwrap_or_default();
    if let Some(said) = text(input, "CodeSha256").filter(|said| *said != is) {
        return Err(invalid(format!(
            "CodeSHA256 ({said}) is different from current CodeSHA256 in $LATEST ({is}). Please \
             try again with the CodeSHA256 in $LATEST."
        )));
    }
    Ok(publish_now(function, text(input, "Description"), (now, pace), revisions))
}

/// [`publish`] without a look at what is under way; the revisions are the version's and the
/// function's new ones.
pub(super) fn publish_now(
    function: &mut Function,
    description: Option<&str>,
    (now, pace): (Time, Pace),
    [of_version, of_function]: [String; 2],
) -> Value {
    let of = essence(&function.fields);
    if let Some(last) = function.versions.get(&function.last).filter(|it| it.of == of) {
        let mut shown = last.fields.clone();
        with_state(&mut shown, now < last.active);
        return shown;
    }
    function.last += 1;
    let number = function.last.to_string();
    let mut fields = function.fields.clone();
    set(&mut fields, "FunctionArn", format!("{}:{number}", function.arn()));
    set(&mut fields, "Version", number);
    set(&mut fields, "RevisionId", of_version);
    if let Some(description) = description {
        set(&mut fields, "Description", description);
    }
    let active = now.plus(pace.provision);
    let mut shown = fields.clone();
    // A new version is always shown as pending, however fast the pace.
    with_state(&mut shown, true);
    set(&mut function.fields, "RevisionId", of_function);
    let code = function.code.clone();
    let version = Version { fields, code, of, active, is_warm: false };
    function.versions.insert(function.last, version);
    shown
}

/// What is not published, and the versions in the order of their numbers.
pub(super) fn list(region: &mut Region, input: &Value) -> Reply {
    let function = find(region, input)?;
    let mut latest = function.fields.clone();
    set(&mut latest, "FunctionArn", format!("{}:{LATEST}", function.arn()));
    let versions = function.versions.values().map(|it| it.fields.clone());
    let all = std::iter::once(latest).chain(versions).collect();
    Ok(page(all, "Versions", input, PAGE))
}

/// Removes a version with all that only it had; one that is not there is as good as removed.
pub(super) fn delete(function: &mut Function, number: &str) -> Result<(), Refusal> {
    let weighs = |alias: &Value| {
        alias["RoutingConfig"]["AdditionalVersionWeights"].get(number).is_some()
            || text(alias, "FunctionVersion") == Some(number)
    };
    let aliases = function.aliases.iter().filter(|(_, alias)| weighs(alias));
    let names: Vec<&str> = aliases.map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        return Err(conflict(format!(
            "Unable to delete version because the following aliases reference it: [{}]",
            names.join(", ")
        )));
    }
    if let Ok(number) = number.parse() {
        function.versions.remove(&number);
    }
    function.forget(number);
    Ok(())
}
