//! Layers: folders that functions share, in numbered versions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::name::{invalid, no_resource, nothing};
use super::page::page;
use super::zip;
use crate::account::{Here, Region};
use crate::input::{keep, need, set, text, whole};
use crate::refusal::{Refusal, Reply};

/// How many versions a page has at the most.
const PAGE: usize = 50;

/// How many layers a function may have.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MOST: usize = 5;

/// A layer. It stays known when it has no versions any more: numbers are never used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    /// As `GetLayerVersion` shows them, by number.
    pub(crate) versions: BTreeMap<i64, Value>,
    last: i64,
}

/// The name of the layer that a call gives by name or ARN.
fn name(input: &Value) -> Result<&str, Refusal> {
    let given = need(input, "LayerName")?;
    Ok(given.split_once(":layer:").map_or(given, |(_, name)| name))
}

/// The name and the number in the ARN of a layer's version.
fn parts(arn: &str) -> Option<(&str, i64)> {
    let (name, number) = arn.split_once(":layer:")?.1.split_once(':')?;
    Some((name, number.parse().ok()?))
}

/// A version by its ARN.
fn by_arn<'a>(region: &'a Region, arn: &str) -> Option<&'a Value> {
    let (name, number) = parts(arn)?;
    let found = region.lambda.layers.get(name)?.versions.get(&number)?;
    (text(found, "LayerVersionArn") == Some(arn)).then_some(found)
}

fn number(input: &Value) -> Result<i64, Refusal> {
    let number = whole(input, "VersionNumber").unwrap_or_default();
    if number < 1 { Err(invalid("Layer Version Cannot be less than 1")) } else { Ok(number) }
}

pub(super) fn publish(here: &mut Here<'_>, input: &Value) -> Reply {
    let name = name(input)?;
    let zip = input.get("Content").and_then(|it| text(it, "ZipFile"));
    let (size, digest) = zip::read(zip, "PublishLayerVersion")?;
    let arn = here.region.arn("lambda", &format!("layer:{name}"));
    let layer = here.region.lambda.layers.entry(name.to_owned()).or_default();
    layer.last += 1;
    let number = layer.last;
    let sent = ["CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"];
    let mut fields = keep(input, &sent);
    for (key, value) in [
        ("LayerArn", json!(arn)),
        ("LayerVersionArn", json!(format!("{arn}:{number}"))),
        ("Version", json!(number)),
        ("Description", json!(text(input, "Description").unwrap_or_default())),
        ("CreatedDate", json!(here.now.iso().replace('Z', "+0000"))),
        (
            "Content",
            json!({"CodeSize": size, "CodeSha256": digest,
                   "Location": "https://awslambda.invalid/layer"}),
        ),
    ] {
        set(&mut fields, key, value);
    }
    layer.versions.insert(number, fields.clone());
    Ok(fields)
}

/// A version as lists show it.
fn listed(version: &Value) -> Value {
    let shown = [
        "LayerVersionArn",
        "Version",
        "Description",
        "CreatedDate",
        "CompatibleArchitectures",
        "CompatibleRuntimes",
        "LicenseInfo",
    ];
    keep(version, &shown)
}

/// The versions that are there, the newest first; none of a layer that nobody published.
pub(super) fn versions(region: &Region, input: &Value) -> Reply {
    let layer = region.lambda.layers.get(name(input)?);
    let all = layer.into_iter().flat_map(|it| it.versions.values().rev());
    Ok(page(all.map(listed).collect(), "LayerVersions", input, PAGE))
}

/// The layers that have a version, with the newest.
pub(super) fn list(region: &Region, input: &Value) -> Reply {
    let all = region.lambda.layers.iter().filter_map(|(name, layer)| {
        let (_, newest) = layer.versions.last_key_value()?;
        Some(json!({"LayerName": name, "LayerArn": newest["LayerArn"],
                    "LatestMatchingVersion": listed(newest)}))
    });
    Ok(page(all.collect(), "Layers", input, PAGE))
}

pub(super) fn get(region: &Region, input: &Value) -> Reply {
    let number = number(input)?;
    let found = region.lambda.layers.get(name(input)?);
    found.and_then(|it| it.versions.get(&number)).cloned().ok_or_else(no_resource)
}

pub(super) fn get_by_arn(region: &Region, input: &Value) -> Reply {
    by_arn(region, need(input, "Arn")?).cloned().ok_or_else(no_resource)
}

/// Removes a version; functions that have it keep it. One that is not there is as good as removed.
pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let number = number(input)?;
    if let Some(layer) = region.lambda.layers.get_mut(name(input)?) {
        layer.versions.remove(&number);
    }
    nothing()
}

/// The layers of a function in the form in which they are read back.
///
/// # Errors
///
/// What Lambda says of too many, of versions that are not there, and of two of one layer.
pub(super) fn of_function(region: &Region, arns: &[Value]) -> Result<Value, Refusal> {
    if arns.len() > MOST {
        return Err(invalid(format!("Cannot reference more than {MOST} layers.")));
    }
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut all = Vec::new();
    for arn in arns.iter().filter_map(Value::as_str) {
        let found = by_arn(region, arn)
            .ok_or_else(|| invalid(format!("Layer version {arn} does not exist.")))?;
        let (name, _) = parts(arn).unwrap_or_default();
        if let Some(other) = seen.insert(name, arn) {
            return Err(invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the \
                 same function. {other} and {arn} are versions of the same layer."
            )));
        }
        all.push(json!({"Arn": arn, "CodeSize": found["Content"]["CodeSize"]}));
    }
    Ok(Value::Array(all))
}
