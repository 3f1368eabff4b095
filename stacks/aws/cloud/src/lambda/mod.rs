//! Lambda: functions with their versions, aliases, URLs and provisioned concurrency; layers; and
//! who may call what.

mod alias;
mod code;
mod concurrency;
mod configuration;
mod copy;
mod function;
mod invoke;
mod layer;
mod limit;
mod name;
mod page;
mod permission;
mod provisioned;
mod report;
mod route;
mod tag;
mod url;
mod version;
mod written;
mod zip;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use copy::{copied_until, version};
pub(crate) use function::Function;
pub use invoke::Answer;
pub(crate) use layer::Layer;
pub(crate) use name::{Named, exists};
pub(crate) use permission::lets;
pub(crate) use provisioned::scale;
pub(crate) use route::route;
pub(crate) use written::written;

use crate::account::{Account, Here};
use crate::cloudfront::CloudFront;
use crate::input::text;
use crate::refusal::{Refusal, Reply};

/// What Lambda holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Lambda {
    /// By name.
    pub(crate) functions: BTreeMap<String, Function>,
    /// By name.
    pub(crate) layers: BTreeMap<String, Layer>,
    /// What functions answer when they are called, by their names, or name and qualifier.
    answers: BTreeMap<String, Answer>,
    /// The newest version that there was of functions that are gone.
    numbers: BTreeMap<String, u64>,
}

impl Account {
    /// Lets all copies that CloudFront has of functions, and does not call any more, be gone.
    pub fn forget_copies(&mut self) {
        let functions = &mut self.region("us-east-1").lambda.functions;
        functions.values_mut().for_each(|it| it.copied = None);
    }
}

pub(crate) fn answer(
    cloudfront: &CloudFront,
    here: &mut Here<'_>,
    action: &str,
    input: &Value,
) -> Reply {
    match action {
        "CreateFunction" => function::create(here, input),
        "GetFunction" => function::get(here, input),
        "DeleteFunction" => function::delete(cloudfront, here, input),
        "Invoke" => invoke::invoke(here, input),
        "UpdateFunctionCode" => code::update(here, input),
        "GetFunctionConfiguration" => configuration::get(here, input),
        "UpdateFunctionConfiguration" => configuration::update(here, input),
        "PublishVersion" => version::publish(here, input),
        "ListVersionsByFunction" => version::list(here.region, input),
        "CreateAlias" => alias::create(here, input),
        "GetAlias" => alias::get(here.region, input),
        "UpdateAlias" => alias::update(here, input),
        "DeleteAlias" => alias::delete(here.region, input),
        "ListAliases" => alias::list(here.region, input),
        "PutProvisionedConcurrencyConfig" => provisioned::put(here, input),
        "GetProvisionedConcurrencyConfig" => provisioned::get(here, input),
        "DeleteProvisionedConcurrencyConfig" => provisioned::delete(here.region, input),
        "ListProvisionedConcurrencyConfigs" => provisioned::list(here, input),
        "PutFunctionConcurrency" => concurrency::put(here.region, input),
        "GetFunctionConcurrency" => concurrency::get(here.region, input),
        "DeleteFunctionConcurrency" => concurrency::delete(here.region, input),
        "GetAccountSettings" => concurrency::settings(here.region),
        "CreateFunctionUrlConfig" => url::create(here, input),
        "GetFunctionUrlConfig" => url::get(here.region, input),
        "UpdateFunctionUrlConfig" => url::update(here, input),
        "DeleteFunctionUrlConfig" => url::delete(here.region, input),
        "ListFunctionUrlConfigs" => url::list(here.region, input),
        "PublishLayerVersion" => layer::publish(here, input),
        "ListLayerVersions" => layer::versions(here.region, input),
        "ListLayers" => layer::list(here.region, input),
        "GetLayerVersion" => layer::get(here.region, input),
        "GetLayerVersionByArn" => layer::get_by_arn(here.region, input),
        "DeleteLayerVersion" => layer::delete(here.region, input),
        "AddPermission" => permission::add(here, input),
        "RemovePermission" => permission::remove(here, input),
        "GetPolicy" => permission::get(here.region, input),
        "TagResource" => tag::tag(here.region, input),
        "UntagResource" => tag::untag(here.region, input),
        "ListTags" => tag::list(here.region, input),
        _ => Err(Refusal::not_here("lambda", action)),
    }
}

/// The refusal of a function, or a version of it, that is not there.
fn missing(arn: &str) -> Refusal {
    name::absent(format!("Function not found: {arn}"))
}

/// The version that a call was about, by its number.
pub(crate) fn version_of(input: &Value, output: Option<&Value>) -> Option<String> {
    let said = output.and_then(|it| {
        ["ExecutedVersion", "FunctionVersion", "Version"].iter().find_map(|key| {
            let value = it.get(*key)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|it| it.to_string()))
        })
    });
    said.or_else(|| text(input, "Qualifier").filter(|it| name::is_number(it)).map(str::to_owned))
}
