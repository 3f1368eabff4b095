use ragctl_cloud::Cloud;

use super::support::stack;
use super::{only, told};

#[tokio::test]
async fn all_that_is_denied_is_listed_by_service() {
    let cloud = Cloud::start().await;
    cloud.with(|account| {
        for action in ["iam:PassRole", "ecs:CreateService", "ecs:UpdateService"] {
            account.deny(action);
        }
    });
    let found = super::found(&cloud, &stack(""), "permissions").await;
    let remedy = "`ragctl iam policy` prints what the credentials must be allowed";
    assert_eq!(
        told(&found),
        format!(
            "failed: ecs:CreateService and ecs:UpdateService would be denied -> {remedy}\n\
             failed: iam:PassRole would be denied -> {remedy}"
        )
    );
}

#[tokio::test]
async fn where_all_is_allowed_it_passes() {
    let cloud = Cloud::start().await;
    let told = only(&cloud, &stack(""), "permissions").await;
    assert!(told.starts_with("passed: ") && told.ends_with(" that a deployment calls are allowed"));
}

#[tokio::test]
async fn what_the_stack_does_not_call_may_be_denied() {
    let cloud = Cloud::start().await;
    cloud.with(|account| ["lambda:CreateFunction", "events:PutRule"].map(|it| account.deny(it)));
    assert!(only(&cloud, &stack(""), "permissions").await.starts_with("passed: "));
    let pings = stack("strategies: {keepalive: true}");
    let told = told(&super::found(&cloud, &pings, "permissions").await);
    assert!(told.contains("failed: lambda:CreateFunction would be denied"), "{told}");
    assert!(told.contains("failed: events:PutRule would be denied"), "{told}");
}

#[tokio::test]
async fn that_it_cannot_be_probed_is_no_failure() {
    let cloud = Cloud::start().await;
    cloud.with(|account| account.refuse("iam:SimulatePrincipalPolicy"));
    assert_eq!(
        only(&cloud, &stack(""), "permissions").await,
        "skipped: could not be probed: these credentials may not call iam SimulatePrincipalPolicy"
    );
}

#[tokio::test]
async fn a_session_is_asked_about_by_its_role() {
    let cloud = Cloud::start().await;
    cloud.with(|account| {
        account.plant_role("deployer", "ec2.amazonaws.com");
        account.call_as("arn:aws:sts::123456789012:assumed-role/deployer/ci");
    });
    assert!(only(&cloud, &stack(""), "permissions").await.starts_with("passed: "));
    let asked =
        cloud.calls().into_iter().find(|it| it.action == "SimulatePrincipalPolicy").unwrap();
    let deployer = "arn:aws:iam::123456789012:role/deployer".to_owned();
    assert!(asked.resources.contains(&deployer), "{:?}", asked.resources);
}
