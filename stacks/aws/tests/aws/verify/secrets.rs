use ragctl_cloud::Cloud;
use serde_json::{Value, json};

use super::support::{REGION, stack, within};
use super::{found, only, told, verified};

const VALUE: &str = "sk-do-not-tell";

fn file() -> String {
    stack("  secrets: {A: 'ssm:/handbook/a', B: 'ssm:/handbook/a', C: 'secretsmanager:handbook/c'}")
}

/// Plants the parameter and the secret of [`file`].
fn planted(cloud: &Cloud, key: Option<&str>) {
    let mut parameter = json!({"Name": "/handbook/a", "Value": VALUE, "Type": "SecureString"});
    if let Some(key) = key {
        parameter["KeyId"] = key.into();
    }
    cloud.with(|it| it.act(REGION, "ssm", "PutParameter", parameter)).unwrap();
    within(cloud, |region| region.plant_secret("handbook/c", VALUE));
}

/// Lets the secret of [`file`] be described so.
fn describe(cloud: &Cloud, fields: &Value) {
    within(cloud, |region| region.describe_secret_with("handbook/c", fields));
}

#[tokio::test]
async fn those_that_are_there_pass_and_their_values_are_never_asked_for() {
    let cloud = Cloud::start().await;
    planted(&cloud, None);
    assert_eq!(
        only(&cloud, &file(), "secrets").await,
        "passed: 2 secrets are there; role ragctl-handbook-execution-us-east-1 will be allowed to \
         read what the file names"
    );
    let gives_values = ["GetSecretValue", "GetParameters"];
    assert!(cloud.calls().iter().all(|it| !gives_values.contains(&it.action.as_str())));
    assert!(!told(&verified(&cloud, &file()).await).contains(VALUE));
}

#[tokio::test]
async fn each_that_is_missing_is_told_with_its_variables() {
    let cloud = Cloud::start().await;
    let told = told(&found(&cloud, &file(), "secrets").await);
    assert_eq!(
        told,
        "failed: ssm:/handbook/a, for A and B, is not there -> `aws ssm put-parameter --region \
         us-east-1 --type SecureString --name /handbook/a --value …` makes it\n\
         failed: secretsmanager:handbook/c, for C, is not there -> `aws secretsmanager \
         create-secret --region us-east-1 --name handbook/c --secret-string …` makes it"
    );
}

#[tokio::test]
async fn a_key_of_the_customers_own_is_worth_a_warning() {
    let cloud = Cloud::start().await;
    planted(&cloud, Some("alias/ours"));
    describe(&cloud, &json!({"KmsKeyId": "key-7"}));
    let told = told(&found(&cloud, &file(), "secrets").await);
    assert!(told.contains("warning: ssm:/handbook/a is encrypted with alias/ours"), "{told}");
    assert!(told.contains("warning: secretsmanager:handbook/c is encrypted with key-7"), "{told}");
    let role = "arn:aws:iam::123456789012:role/ragctl-handbook-execution-us-east-1";
    assert!(told.contains(role), "{told}");
}

#[tokio::test]
async fn one_that_is_going_or_empty_is_no_use() {
    let cloud = Cloud::start().await;
    planted(&cloud, None);
    describe(&cloud, &json!({"VersionIdsToStages": {}}));
    let told = only(&cloud, &file(), "secrets").await;
    assert!(told.contains("has no value -> `aws secretsmanager put-secret-value"), "{told}");
    describe(&cloud, &json!({"DeletedDate": 1_700_000_000}));
    let told = only(&cloud, &file(), "secrets").await;
    assert!(
        told.contains("is about to be deleted -> `aws secretsmanager restore-secret"),
        "{told}"
    );
}

#[tokio::test]
async fn a_stack_without_secrets_has_nothing_to_check() {
    let cloud = Cloud::start().await;
    assert_eq!(only(&cloud, &stack(""), "secrets").await, "skipped: the file names none");
}
