use ragctl_aws::State;
use ragctl_cloud::Cloud;

use super::support::stack;
use super::{only, told, verified};

#[tokio::test]
async fn it_says_who_we_are() {
    let cloud = Cloud::start().await;
    assert_eq!(
        only(&cloud, &stack("aws: {account: '123456789012'}"), "credentials").await,
        "passed: arn:aws:iam::123456789012:user/tester in account 123456789012"
    );
}

#[tokio::test]
async fn another_account_than_the_files_keeps_the_rest_from_being_asked() {
    let cloud = Cloud::start().await;
    let found = verified(&cloud, &stack("aws: {account: '999999999999'}")).await;
    assert_eq!((found[0].check, found[0].state), ("credentials", State::Failed));
    assert_eq!((found[1].check, found[1].state), ("region", State::Passed));
    assert_eq!(found.len(), 9);
    for it in &found[2..] {
        assert_eq!(it.state, State::Skipped, "{}", told(&found));
        assert_eq!(it.what, "the credentials belong to account 123456789012, not to 999999999999");
    }
    assert_eq!(cloud.calls().len(), 1);
}

#[tokio::test]
async fn credentials_that_are_refused_are_told() {
    let cloud = Cloud::start().await;
    cloud.with(|account| account.refuse("sts:GetCallerIdentity"));
    let found = verified(&cloud, &stack("")).await;
    assert_eq!((found[0].check, found[0].state), ("credentials", State::Failed));
    assert_eq!(found[2].what, "AWS did not say whose credentials these are");
}

#[test]
fn without_a_region_every_check_is_told_of() {
    let found = ragctl_aws::without_region();
    assert_eq!((found.len(), found[0].state, found[1].state), (9, State::Skipped, State::Failed));
    assert_eq!(found[1].check, "region");
    assert!(found[1].remedy.as_ref().unwrap().contains("AWS_REGION"));
}
