//! Autoscaling of provisioned concurrency.

use ragctl_cloud::Refusal;
use serde_json::{Value, json};

use super::Account;
use crate::stack::{act, try_act};

const SCALING: &str = "application-autoscaling";

fn target(id: &str, more: &Value) -> Value {
    let mut input = json!({"ServiceNamespace": "lambda", "ResourceId": id,
                           "ScalableDimension": "lambda:function:ProvisionedConcurrency"});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

fn refuses(account: &Account, action: &str, input: Value) -> Refusal {
    try_act(&account.cloud, SCALING, action, input).unwrap_err()
}

fn policy(metric: &str) -> Value {
    let tracking = json!({"TargetValue": 0.7,
                          "PredefinedMetricSpecification": {"PredefinedMetricType": metric}});
    target(
        "function:app:1",
        &json!({"PolicyName": "use", "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": tracking}),
    )
}

#[test]
fn a_version_is_scaled_into_its_bounds() {
    let account = Account::with_app();
    let bounds = json!({"MinCapacity": 2, "MaxCapacity": 5});
    let metric = "LambdaProvisionedConcurrencyUtilization";
    for id in ["function:app:9", "function:app:$LATEST", "function:app", "service/main/app"] {
        let refused = refuses(&account, "RegisterScalableTarget", target(id, &bounds));
        assert_eq!(refused.code, "ValidationException", "{id}");
    }
    let refused = refuses(&account, "PutScalingPolicy", policy(metric));
    assert_eq!(refused.code, "ObjectNotFoundException");
    assert!(refused.message.contains("service namespace: lambda"), "{}", refused.message);

    act(&account.cloud, SCALING, "RegisterScalableTarget", target("function:app:1", &bounds));
    let of = json!({"FunctionName": "app", "Qualifier": "1"});
    let has = account.does("GetProvisionedConcurrencyConfig", of);
    assert_eq!(has["RequestedProvisionedConcurrentExecutions"], 2);
    let refused = refuses(&account, "PutScalingPolicy", policy("ECSServiceAverageCPUUtilization"));
    assert_eq!(refused.code, "ValidationException");
    let mut stepped = policy(metric);
    stepped["PolicyType"] = json!("StepScaling");
    assert_eq!(refuses(&account, "PutScalingPolicy", stepped).code, "ValidationException");
    let made = act(&account.cloud, SCALING, "PutScalingPolicy", policy(metric));
    let arn = made["PolicyARN"].as_str().unwrap();
    assert!(arn.ends_with(":resource/lambda/function:app:1:policyName/use"), "{arn}");
}

#[test]
fn what_is_described_is_of_the_namespace_that_is_asked_for() {
    let account = Account::with_app();
    let bounds = json!({"MinCapacity": 1, "MaxCapacity": 5});
    act(&account.cloud, SCALING, "RegisterScalableTarget", target("function:app:live", &bounds));
    let of = |namespace: &str| {
        let input = json!({"ServiceNamespace": namespace});
        let all = act(&account.cloud, SCALING, "DescribeScalableTargets", input);
        all["ScalableTargets"].as_array().unwrap().len()
    };
    assert_eq!((of("lambda"), of("ecs")), (1, 0));
    // A target outlives what it scales, and is seen as left over.
    account.asks("DeleteFunction");
    let left = ["application-autoscaling target function:app:live"];
    assert_eq!(account.cloud.leftovers(), left);
    let gone = target("function:app:live", &json!({}));
    act(&account.cloud, SCALING, "DeregisterScalableTarget", gone);
    assert!(account.cloud.leftovers().is_empty());
}
