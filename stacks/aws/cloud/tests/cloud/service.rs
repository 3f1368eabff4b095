//! What ECS, scaling and the rest refuse around a service.

use ragctl_cloud::Thing;
use serde_json::json;

use crate::client::REGION;
use crate::stack::{Stack, act, try_act};

#[test]
fn a_new_role_is_not_seen_at_first() {
    let stack = Stack::new();
    let trust = json!({"Statement": [{"Principal": {"Service": "ecs-tasks.amazonaws.com"}}]});
    act(
        &stack.cloud,
        "iam",
        "CreateRole",
        json!({"RoleName": "new", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    let mut definition = stack.definition("v1");
    definition["executionRoleArn"] = json!("arn:aws:iam::123456789012:role/new");
    let register = || try_act(&stack.cloud, "ecs", "RegisterTaskDefinition", definition.clone());
    assert_eq!(register().unwrap_err().message, "Role is not valid");
    let made = register().unwrap();
    let mut service = stack.service("v1", 1);
    service["taskDefinition"] = made["taskDefinition"]["taskDefinitionArn"].clone();
    let create = || try_act(&stack.cloud, "ecs", "CreateService", service.clone());
    let refused = create().unwrap_err();
    assert!(refused.message.starts_with("ECS was unable to assume the role 'arn:aws:iam::"));
    create().unwrap();
    assert_eq!(create().unwrap_err().message, "Creation of service was not idempotent.");
}

#[test]
fn fargate_sells_only_its_sizes() {
    let stack = Stack::new();
    let mut definition = stack.definition("v1");
    definition["memory"] = json!("512");
    let refused = try_act(&stack.cloud, "ecs", "RegisterTaskDefinition", definition).unwrap_err();
    assert!(refused.message.starts_with("No Fargate configuration exists for given values: 512"));
}

#[test]
fn a_target_group_without_a_balancer_serves_nobody() {
    let stack = Stack::new();
    let (vpc, _) = stack.cloud.with(|account| account.region(REGION).default_network());
    let made = act(
        &stack.cloud,
        "elasticloadbalancing",
        "CreateTargetGroup",
        json!({"Name": "b",
        "Protocol": "HTTP", "Port": "8000", "VpcId": vpc, "TargetType": "ip"}),
    );
    let mut service = stack.service("v1", 1);
    service["loadBalancers"][0]["targetGroupArn"] =
        made["TargetGroups"][0]["TargetGroupArn"].clone();
    let refused = try_act(&stack.cloud, "ecs", "CreateService", service).unwrap_err();
    assert!(refused.message.ends_with("does not have an associated load balancer."));
}

#[test]
fn a_client_token_makes_creation_idempotent() {
    let stack = Stack::new();
    let mut service = stack.service("v1", 1);
    service["clientToken"] = json!("t");
    let one = act(&stack.cloud, "ecs", "CreateService", service.clone());
    let two = act(&stack.cloud, "ecs", "CreateService", service);
    assert_eq!(one["service"]["deployments"][0]["id"], two["service"]["deployments"][0]["id"]);
}

#[test]
fn scaling_brings_the_count_into_bounds_and_outlives_the_service() {
    let stack = Stack::new();
    let target = json!({"ServiceNamespace": "ecs", "ResourceId": "service/main/api",
        "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 2, "MaxCapacity": 4});
    let scaling = "application-autoscaling";
    let refused = try_act(&stack.cloud, scaling, "RegisterScalableTarget", target.clone());
    assert_eq!(refused.unwrap_err().code, "ValidationException");
    stack.deploy("v1", 1);
    act(&stack.cloud, scaling, "RegisterScalableTarget", target);
    assert_eq!(stack.look()["desiredCount"], 2);
    let mut policy = json!({"ServiceNamespace": "ecs", "ResourceId": "service/main/api",
        "ScalableDimension": "ecs:service:DesiredCount", "PolicyName": "requests",
        "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 10.0, "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": "app/api/1/targetgroup/api/2"}}});
    let wrong = try_act(&stack.cloud, scaling, "PutScalingPolicy", policy.clone());
    assert_eq!(wrong.unwrap_err().code, "ValidationException");
    policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"] =
        json!({"PredefinedMetricType": "ECSServiceAverageCPUUtilization"});
    let made = act(&stack.cloud, scaling, "PutScalingPolicy", policy);
    assert_eq!(made["Alarms"].as_array().unwrap().len(), 2);
    act(
        &stack.cloud,
        "ecs",
        "DeleteService",
        json!({"cluster": "main", "service": "api", "force": true}),
    );
    let left =
        act(&stack.cloud, scaling, "DescribeScalableTargets", json!({"ServiceNamespace": "ecs"}));
    assert_eq!(left["ScalableTargets"].as_array().unwrap().len(), 1);
}

#[test]
fn things_can_be_changed_by_hand() {
    let stack = Stack::new();
    stack.deploy("v1", 1);
    let changed = stack.cloud.with(|account| {
        account.region(REGION).edit(&Thing::Service("main", "api"), |fields| {
            fields["enableExecuteCommand"] = json!(true);
        })
    });
    assert!(changed);
    assert_eq!(stack.look()["enableExecuteCommand"], true);
    let absent = Thing::Listener("api", 81);
    assert!(!stack.cloud.with(|account| account.region(REGION).edit(&absent, |_| {})));
}
