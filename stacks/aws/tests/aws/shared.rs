//! What somebody else has in the account, and a stack may use.

use ragctl_cloud::Cloud;
use serde_json::{Value, json};

/// Somebody's listener in the default network, and its rule of priority 10; both ARNs.
pub(crate) fn listener(cloud: &Cloud, region: &str) -> (String, String) {
    let (vpc, subnets) = cloud.with(|it| it.region(region).default_network());
    let of = |service: &str, action: &str, input: Value| {
        cloud.with(|it| it.act(region, service, action, input)).unwrap()
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
