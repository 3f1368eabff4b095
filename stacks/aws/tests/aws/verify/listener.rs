use ragctl_cloud::Cloud;
use serde_json::{Value, json};

use super::{only, told};
use crate::support::{REGION, stack, within};

/// Somebody's listener in the default network, and its rule of priority 10; both ARNs.
fn listener(cloud: &Cloud) -> (String, String) {
    let (vpc, subnets) = within(cloud, |region| region.default_network());
    let of = |service: &str, action: &str, input: Value| {
        cloud.with(|it| it.act(REGION, service, action, input)).unwrap()
    };
    let act = |action: &str, input: Value| of("elasticloadbalancing", action, input);
    let group = json!({"GroupName": "shared", "GroupDescription": "shared", "VpcId": vpc});
    let group = of("ec2", "CreateSecurityGroup", group);
    let balancer = act(
        "CreateLoadBalancer",
        json!({"Name": "shared", "Subnets": subnets, "SecurityGroups": [group["groupId"]]}),
    );
    let targets = act(
        "CreateTargetGroup",
        json!({"Name": "shared", "Protocol": "HTTP", "Port": "80", "VpcId": vpc, "TargetType": "ip"}),
    );
    let target_group = &targets["TargetGroups"][0]["TargetGroupArn"];
    let forward = json!([{"Type": "forward", "TargetGroupArn": target_group}]);
    let made = act(
        "CreateListener",
        json!({"LoadBalancerArn": balancer["LoadBalancers"][0]["LoadBalancerArn"], "Port": "80",
               "Protocol": "HTTP", "DefaultActions": forward}),
    );
    let arn = made["Listeners"][0]["ListenerArn"].as_str().unwrap().to_owned();
    let rule = act(
        "CreateRule",
        json!({"ListenerArn": arn, "Priority": "10", "Actions": forward,
               "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}]}),
    );
    (arn, rule["Rules"][0]["RuleArn"].as_str().unwrap().to_owned())
}

fn file(arn: &str, priority: u32, network: &str) -> String {
    stack(&format!(
        "load_balancer:\n  listener: {{arn: '{arn}', priority: {priority}, paths: [/answers/*]}}\n\
         network: {{security_groups: {{balancer: [sg-0a]}}{network}}}"
    ))
}

#[tokio::test]
async fn one_with_a_free_priority_passes() {
    let cloud = Cloud::start().await;
    let (arn, _) = listener(&cloud);
    assert_eq!(
        only(&cloud, &file(&arn, 11, ""), "listener").await,
        "passed: it is there, and priority 11 is free"
    );
}

#[tokio::test]
async fn a_priority_of_others_is_told_with_one_that_is_free() {
    let cloud = Cloud::start().await;
    let (arn, rule) = listener(&cloud);
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
    let (arn, _) = listener(&cloud);
    let there = within(&cloud, |region| region.plant_network(true));
    let subnets = format!(", subnets: [{}]", there.private.join(", "));
    let told = told(&super::found(&cloud, &file(&arn, 11, &subnets), "listener").await);
    assert!(told.contains(&format!("and the tasks would lie in {}", there.vpc)), "{told}");
}
