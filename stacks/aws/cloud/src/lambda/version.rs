//! Numbered versions, which never change, and the copies that CloudFront has of them.

use serde_json::{Value, json};

use super::function::{Function, find};
use crate::account::{Here, Region};
use crate::input::{set, text};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// The fields by which one version is another than the last.
const KEPT: [&str; 6] =
    ["CodeSha256", "Role", "Timeout", "MemorySize", "Environment", "Architectures"];

/// Makes what the function is now a version, unless the last is the same.
pub(super) fn publish(here: &mut Here<'_>, input: &Value) -> Reply {
    let now = here.now;
    let function = find(here.region, input)?;
    function.must_be_settled(now)?;
    let same = |it: &Value| KEPT.iter().all(|key| it.get(*key) == function.fields.get(*key));
    if let Some(last) = function.versions.last().filter(|it| same(it)) {
        return Ok(last.clone());
    }
    let number = (function.versions.len() + 1).to_string();
    let mut made = function.shown(now);
    let arn = format!("{}:{number}", text(&function.fields, "FunctionArn").unwrap_or_default());
    set(&mut made, "FunctionArn", arn);
    set(&mut made, "Version", number);
    function.versions.push(made.clone());
    Ok(made)
}

/// The configuration of a version by its number, or of what is not published.
pub(super) fn shown(function: &Function, number: Option<&str>, now: Time) -> Reply {
    let Some(number) = number.filter(|it| *it != "$LATEST") else { return Ok(function.shown(now)) };
    let found = function.versions.iter().find(|it| text(it, "Version") == Some(number));
    found.cloned().ok_or_else(|| {
        let arn = text(&function.fields, "FunctionArn").unwrap_or_default();
        super::missing(&format!("{arn}:{number}"))
    })
}

/// The configuration of a version by its ARN, where that is one that CloudFront takes.
pub(crate) fn version(region: &mut Region, arn: &str) -> Option<Value> {
    let (function, number) = arn.rsplit_once(':')?;
    let name = function.strip_prefix(&region.arn("lambda", "function:"))?;
    let found = region.lambda.functions.get(name).filter(|_| region.name == "us-east-1")?;
    found.versions.iter().find(|it| text(it, "Version") == Some(number)).cloned()
}

/// CloudFront has copies of a function until then.
pub(crate) fn copied_until(region: &mut Region, arn: &str, then: Time) {
    let name = arn.rsplit(':').next().unwrap_or_default();
    if let Some(function) = region.lambda.functions.get_mut(name) {
        function.copied = Some(then);
    }
}

/// Refuses to remove a function of which there are copies.
pub(super) fn must_not_be_copied(
    function: &Function,
    is_called: bool,
    now: Time,
) -> Result<(), Refusal> {
    if !is_called && function.copied.is_none_or(|then| now >= then) {
        return Ok(());
    }
    let arn = &function.versions.last().map_or(json!(null), |it| it["FunctionArn"].clone());
    let message = format!(
        "Lambda was unable to delete {} because it is a replicated function. Please see our \
         documentation for Deleting Lambda@Edge Functions and Replicas.",
        arn.as_str().unwrap_or_default()
    );
    Err(Refusal::new("InvalidParameterValueException", message))
}
