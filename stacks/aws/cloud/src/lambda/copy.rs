//! The copies that CloudFront has of functions.

use serde_json::Value;

use super::function::Function;
use super::name::{Named, invalid};
use crate::account::Region;
use crate::input::text;
use crate::refusal::Refusal;
use crate::time::Time;

/// The configuration of a version by its ARN, where that is one that CloudFront takes.
pub(crate) fn version(region: &mut Region, arn: &str) -> Option<Value> {
    let named = Named::read(arn);
    let number = named.qualifier.as_deref()?;
    let is_here = region.name == "us-east-1" && named.arn(region) == arn;
    let found = region.lambda.functions.get(&named.name).filter(|_| is_here)?;
    found.version(number).map(|it| it.fields.clone())
}

/// CloudFront has copies of a function until then.
pub(crate) fn copied_until(region: &mut Region, arn: &str, then: Time) {
    if let Some(function) = region.lambda.functions.get_mut(&Named::read(arn).name) {
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
    let newest = function.versions.values().next_back();
    let arn = newest.and_then(|it| text(&it.fields, "FunctionArn")).unwrap_or_default();
    Err(invalid(format!(
        "Lambda was unable to delete {arn} because it is a replicated function. Please see our \
         documentation for Deleting Lambda@Edge Functions and Replicas."
    )))
}
