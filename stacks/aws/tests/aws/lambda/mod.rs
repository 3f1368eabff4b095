//! The service as a function: what is made, what serves, and what is left.

mod front;
mod layers;
mod life;
mod parts;
mod tune;
mod versions;

use ragctl_cloud::{Answer, Call};
use serde_json::json;

use crate::support::Home;

pub(crate) const REGION: &str = "eu-west-1";

/// The service's function.
pub(crate) const FUNCTION: &str = "handbook-app";

/// The smallest file.
pub(crate) const LAMBDA: &str = "stack: handbook\ntarget: lambda\naws: {region: eu-west-1}\n";

/// Two sandboxes that are set up ahead, and up to five.
pub(crate) const AHEAD: &str = "strategies: {provisioned-concurrency: {minimum: 2, maximum: 5}}\n";

/// An account whose function answers, as whatever version.
pub(crate) async fn home() -> Home {
    let home = Home::new().await;
    answers(&home, &json!({"statusCode": 200, "body": "{}"}));
    home
}

/// Has the function answer so.
pub(crate) fn answers(home: &Home, answer: &serde_json::Value) {
    home.cloud.with(|account| account.region(REGION).plant_answer(FUNCTION, answer.clone()));
}

/// Has a version of it fail.
pub(crate) fn version_fails(home: &Home, version: &str, why: &str) {
    home.cloud.with(|account| {
        account.region(REGION).plant_answer_of(FUNCTION, version, Answer::failing(why));
    });
}

/// Has a version of it answer so.
pub(crate) fn version_answers(home: &Home, version: &str, answer: serde_json::Value) {
    home.cloud.with(|account| {
        account.region(REGION).plant_answer_of(FUNCTION, version, Answer::returning(answer));
    });
}

/// A call to Lambda in the account's own name.
pub(crate) fn ask(home: &Home, action: &str, input: serde_json::Value) -> serde_json::Value {
    let mut input = input;
    input["FunctionName"] = FUNCTION.into();
    home.cloud.with(|account| account.act(REGION, "lambda", action, input)).unwrap()
}

/// The version that callers get.
pub(crate) fn serves(home: &Home) -> String {
    let alias = ask(home, "GetAlias", json!({"Name": "live"}));
    alias["FunctionVersion"].as_str().unwrap().to_owned()
}

/// The versions of which sandboxes are set up ahead, and how many are asked for.
pub(crate) fn set_up(home: &Home) -> Vec<(String, u64)> {
    let all = ask(home, "ListProvisionedConcurrencyConfigs", json!({}));
    let all = all["ProvisionedConcurrencyConfigs"].as_array().unwrap().iter();
    all.map(|it| {
        let version = it["FunctionArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
        (version, it["RequestedProvisionedConcurrentExecutions"].as_u64().unwrap())
    })
    .collect()
}

/// What autoscaling scales.
pub(crate) fn scaled(home: &Home) -> Vec<String> {
    let input = json!({"ServiceNamespace": "lambda"});
    let all = home.cloud.with(|account| {
        account.act(REGION, "application-autoscaling", "DescribeScalableTargets", input)
    });
    let all = all.unwrap()["ScalableTargets"].as_array().unwrap().clone();
    all.iter().map(|it| it["ResourceId"].as_str().unwrap().to_owned()).collect()
}

/// The calls about versions since the last time, in their order: `PublishVersion 1`.
pub(crate) fn calls_about_versions(home: &Home) -> Vec<String> {
    let told = |it: Call| it.version.map(|version| format!("{} {version}", it.action));
    home.cloud.calls().into_iter().filter_map(told).collect()
}
