//! Each part of the function: what changes it, and what it has.

use serde_json::json;

use super::{LAMBDA, REGION, ask, home};
use crate::support::lines;

/// A field of the file, and what changes with it.
const FIELDS: [(&str, &[&str]); 13] = [
    ("lambda: {memory: 512}", &["alias/live", "function/app"]),
    ("lambda: {timeout: 600s}", &["alias/live", "function/app"]),
    ("lambda: {tracing: true}", &["alias/live", "function/app", "role/app"]),
    ("lambda: {log_level: debug}", &["alias/live", "function/app"]),
    // It is the function's alone, and no version's.
    ("lambda: {concurrency: 7}", &["function/app"]),
    (
        "lambda: {in_network: true}",
        &["alias/live", "function/app", "role/app", "security_group/service"],
    ),
    ("lambda: {auth: iam}", &["function_url/app"]),
    ("lambda: {response: buffer}", &["alias/live", "function/app", "function_url/app"]),
    ("service: {architecture: arm64}", &["alias/live", "function/app"]),
    ("service: {environment: {CHUNK_SIZE: '900'}}", &["alias/live", "function/app"]),
    (
        "service: {secrets: {LIGHTRAG_API_KEY: 'secretsmanager:key'}}",
        &["alias/live", "function/app", "role/app"],
    ),
    ("logs: {retention: 30}", &["log_group/app"]),
    ("strategies: {keepalive: true}", &["schedule/keepalive"]),
];

#[tokio::test]
async fn each_field_changes_what_it_says_and_then_nothing() {
    let home = home().await;
    home.deploy(LAMBDA).await.well();
    for (field, expected) in FIELDS {
        let text = format!("{LAMBDA}{field}\n");
        for text in [text.as_str(), LAMBDA] {
            let plan = home.deploy(text).await.well();
            let mut changed: Vec<String> =
                plan.steps.iter().map(|it| it.address.to_string()).collect();
            changed.sort();
            assert_eq!(changed, expected, "{text}: {}", lines(&plan));
            let plan = home.plan(text).await;
            assert!(plan.is_empty(), "{text}: {}", lines(&plan));
        }
    }
}

#[tokio::test]
async fn secrets_are_references_and_logs_are_json() {
    let home = home().await;
    let text = format!(
        "{LAMBDA}service: {{secrets: {{LIGHTRAG_API_KEY: 'ssm:/handbook/key'}}}}\nlambda: {{log_level: warn, tracing: true}}\n"
    );
    home.deploy(&text).await.well();
    let is = ask(&home, "GetFunctionConfiguration", json!({}));
    let variables = &is["Environment"]["Variables"];
    assert_eq!(variables["LIGHTRAG_API_KEY_FROM"], "ssm:/handbook/key");
    assert!(variables.get("LIGHTRAG_API_KEY").is_none());
    for of_servers in ["HOST", "PORT", "STOP_TIMEOUT"] {
        assert!(variables.get(of_servers).is_none(), "{of_servers}");
    }
    assert_eq!(variables["EMBEDDER_DIR"], "/opt/embedder");
    assert_eq!(is["LoggingConfig"]["LogFormat"], "JSON");
    assert_eq!(is["LoggingConfig"]["ApplicationLogLevel"], "WARN");
    assert_eq!(is["LoggingConfig"]["LogGroup"], "/ragctl/handbook");
    assert_eq!(is["TracingConfig"]["Mode"], "Active");
    assert_eq!((&is["Runtime"], &is["Handler"]), (&json!("provided.al2023"), &json!("bootstrap")));
}

#[tokio::test]
async fn code_that_is_there_is_not_sent_again() {
    let home = home().await;
    home.deploy(LAMBDA).await.well();
    home.cloud.clear_calls();
    home.deploy(&format!("{LAMBDA}lambda: {{memory: 512}}\n")).await.well();
    let sent: Vec<String> = home.cloud.calls().into_iter().map(|it| it.action).collect();
    assert!(!sent.iter().any(|it| it == "UpdateFunctionCode"), "{sent:?}");
    assert!(!sent.iter().any(|it| it == "PublishLayerVersion"), "{sent:?}");
}

#[tokio::test]
async fn an_image_that_is_built_is_pushed_and_run() {
    let home = home().await;
    let text = format!("{LAMBDA}service: {{image: build, architecture: x86_64}}\n");
    home.deploy(&text).await.well();
    let is = ask(&home, "GetFunction", json!({}));
    assert_eq!(is["Configuration"]["PackageType"], "Image");
    let image = is["Code"]["ImageUri"].as_str().unwrap();
    assert!(image.contains("/ragctl/handbook@sha256:"), "{image}");
    let plan = home.plan(&text).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    home.destroy(&text).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn an_archive_cannot_become_an_image() {
    let home = home().await;
    home.deploy(LAMBDA).await.well();
    let deployed = home.deploy(&format!("{LAMBDA}service: {{image: build}}\n")).await;
    let failed = deployed.outcome.failed[0].source.to_string();
    assert!(failed.contains("destroy it first"), "{failed}");
}

#[tokio::test]
async fn a_function_of_somebody_else_is_not_touched() {
    let home = home().await;
    home.cloud.set_pace(ragctl_cloud::Pace::instant());
    home.cloud.with(|account| {
        let role = json!({"RoleName": "theirs", "AssumeRolePolicyDocument": json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        }).to_string()});
        let role = account.act(REGION, "iam", "CreateRole", role).unwrap();
        let function = json!({
            "FunctionName": super::FUNCTION, "Runtime": "nodejs22.x", "Handler": "index.handler",
            "Role": role["Role"]["Arn"], "Code": {"ZipFile": "UEsFBg=="},
        });
        account.act(REGION, "lambda", "CreateFunction", function).unwrap();
    });
    let live = ragctl_stacks::backend::Backend::live(&home.backend(LAMBDA).await).await.unwrap();
    let refused =
        ragctl_stacks::plan::plan(&crate::support::desired(LAMBDA), &live).unwrap_err().to_string();
    assert!(refused.contains("function/app"), "{refused}");
}
