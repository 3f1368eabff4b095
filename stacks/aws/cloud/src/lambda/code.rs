//! The code of functions: ZIP files, and images in the registry.

use serde_json::{Value, json};

use super::name::{find, invalid, must_be_latest};
use super::version;
use super::zip;
use crate::account::{Here, Region};
use crate::ecr::{Source, source};
use crate::input::{flag, overlay, set, text};
use crate::refusal::{Refusal, Reply};

/// Refuses what a function of this package type cannot have.
pub(super) fn must_suit(package: &str, input: &Value) -> Result<(), Refusal> {
    let has = |key| text(input, key).is_some();
    let layers = input.get("Layers").and_then(Value::as_array).is_some_and(|it| !it.is_empty());
    match package {
        "Image" if has("Runtime") || has("Handler") || layers => Err(invalid(
            "Please don't provide Handler or Runtime or Layer when creating a function with \
             packageType Image.",
        )),
        "Zip" if !has("Runtime") || !has("Handler") => Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment \
             packages.",
        )),
        _ => Ok(()),
    }
}

/// What a code says of itself in the configuration, and where it is.
pub(super) fn read(
    region: &Region,
    package: &str,
    code: &Value,
    action: &str,
) -> Result<(Value, Value), Refusal> {
    if package == "Image" {
        return image(region, text(code, "ImageUri").unwrap_or_default());
    }
    let (size, digest) = zip::read(text(code, "ZipFile"), action)?;
    let place = json!({"RepositoryType": "S3", "Location": "https://awslambda.invalid/code"});
    Ok((json!({"CodeSize": size, "CodeSha256": digest}), place))
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
fn image(region: &Region, uri: &str) -> Result<(Value, Value), Refusal> {
    let (name, digest) = match source(region, uri) {
        Source::Found { name, digest, is_plain: true } => (name, digest),
        Source::Found { .. } => {
            return Err(invalid(format!(
                "The image manifest, config or layer media type for the source image {uri} is not \
                 supported."
            )));
        }
        Source::Missing => {
            return Err(invalid(format!(
                "Source image {uri} does not exist. Provide a valid source image."
            )));
        }
        Source::Elsewhere => {
            return Err(invalid(format!(
                "Source image {uri} is not valid. Provide a valid source image."
            )));
        }
    };
    let hex = digest.trim_start_matches("sha256:");
    let place = json!({"RepositoryType": "ECR", "ImageUri": uri,
                       "ResolvedImageUri": format!("{name}@{digest}")});
    Ok((json!({"CodeSize": 0, "CodeSha256": hex}), place))
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, pace) = (here.now, here.pace);
    let [revision, second, third] = std::array::from_fn(|_| here.region.ids.uuid());
    let function = find(here.region, input)?;
    function.must_be_settled(now)?;
    must_be_latest(input, &function.fields)?;
    let package = text(&function.fields, "PackageType").unwrap_or_default().to_owned();
    match (package.as_str(), text(input, "ImageUri")) {
        ("Image", None) => {
            return Err(invalid(
                "Please provide ImageUri when updating a function with packageType Image.",
            ));
        }
        ("Zip", Some(_)) => {
            return Err(invalid(
                "Please don't provide ImageUri when updating a function with packageType Zip.",
            ));
        }
        _ => {}
    }
    let (fields, code) = read(here.region, &package, input, "UpdateFunctionCode")?;
    let function = find(here.region, input)?;
    if flag(input, "DryRun") == Some(true) {
        return Ok(function.shown(now));
    }
    if function.uneditable.is_none() {
        overlay(&mut function.fields, &fields);
        function.code = code;
        if let Some(architectures) = input.get("Architectures").filter(|a| a.is_array()) {
            set(&mut function.fields, "Architectures", architectures.clone());
        }
    }
    function.touch(now, pace, revision);
    if flag(input, "Publish") == Some(true) {
        return Ok(version::publish_now(function, None, (now, pace), [second, third]));
    }
    Ok(function.shown(now))
}
