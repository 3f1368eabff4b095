use ragctl_cloud::Cloud;
use serde_json::json;

use super::{
    only,
    support::{REGION, stack, within},
    told,
};
use crate::shared::listener;

fn file(arn: &str, priority: u32, network: &str) -> String {
    stack(&format!(
        "load_balancer:\n  listener: {{arn: '{arn}', priority: {priority}, paths: [/answers/*]}}\n\
         network: {{security_groups: {{balancer: [sg-0a]}}{network}}}"
    ))
}

#[tokio::test]
async fn one_with_a_free_priority_passes() {
    let cloud = Cloud::start().await;
    let (arn, _) = listener(&cloud, REGION);
    assert_eq!(
        only(&cloud, &file(&arn, 11, ""), "listener").await,
        "passed: it is there, and priority 11 is free"
    );
}

#[tokio::test]
async fn a_priority_of_others_is_told_with_one_that_is_free() {
    let cloud = Cloud::start().await;
    let (arn, rule) = listener(&cloud, REGION);
    assert_eq!(
        only(&cloud, &file(&arn, 10, ""), "listener").await,
        "failed: priority 10 is taken by another rule -> \
         11 is free: `load_balancer: {listener: {priority: 11}}`"
    );
    let ours = json!([{"Key": "ragctl:stack", "Value": "handbook"}]);
    let tags = json!({"ResourceArns": [rule], "Tags": ours});
    cloud.with(|it| it.act(REGION, "elasticloadbalancing", "AddTags", tags)).unwrap();
    assert_eq!(
        only(&cloud, &file(&arn, 10, ""), "listener").await,
        "passed: it is there, and priority 10 is the stack's own"
    );
}

#[tokio::test]
async fn one_that_is_not_there_is_told() {
    let cloud = Cloud::start().await;
    for region in ["us-east-1", "eu-west-1"] {
        let arn =
            format!("arn:aws:elasticloadbalancing:{region}:123456789012:listener/app/a/0a/0b");
        let told = only(&cloud, &file(&arn, 10, ""), "listener").await;
        assert!(told.starts_with(&format!("failed: {arn} is not there -> ")), "{told}");
    }
}

#[tokio::test]
async fn one_in_another_network_than_the_tasks_is_told() {
    let cloud = Cloud::start().await;
    let (arn, _) = listener(&cloud, REGION);
    let there = within(&cloud, |region| region.plant_network(true));
    let subnets = format!(", subnets: [{}]", there.private.join(", "));
    let told = told(&super::found(&cloud, &file(&arn, 11, &subnets), "listener").await);
    assert!(told.contains(&format!("and the tasks would lie in {}", there.vpc)), "{told}");
}
