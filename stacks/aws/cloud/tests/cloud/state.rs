//! Rules, parameters, images, secrets and leftovers.

use ragctl_cloud::Cloud;
use serde_json::json;

use crate::client::{REGION, eventually};
use crate::stack::{Stack, act, try_act};

#[test]
fn a_rule_with_targets_stays_and_forgets_what_is_not_said_again() {
    let cloud = Cloud::start_blocking();
    act(
        &cloud,
        "events",
        "PutRule",
        json!({"Name": "warm", "Description": "d",
        "ScheduleExpression": "rate(5 minutes)", "Tags": [{"Key": "a", "Value": "b"}]}),
    );
    act(
        &cloud,
        "events",
        "PutRule",
        json!({"Name": "warm", "ScheduleExpression": "rate(6 minutes)"}),
    );
    let rule = act(&cloud, "events", "DescribeRule", json!({"Name": "warm"}));
    assert_eq!(rule["ScheduleExpression"], "rate(6 minutes)");
    assert!(rule.get("Description").is_none());
    let tags = act(&cloud, "events", "ListTagsForResource", json!({"ResourceARN": rule["Arn"]}));
    assert_eq!(tags["Tags"][0]["Key"], "a");
    act(
        &cloud,
        "events",
        "PutTargets",
        json!({"Rule": "warm", "Targets": [{"Id": "1", "Arn": "arn:aws:x"}]}),
    );
    let refused = try_act(&cloud, "events", "DeleteRule", json!({"Name": "warm"})).unwrap_err();
    assert_eq!(refused.message, "Rule can't be deleted since it has targets.");
    act(&cloud, "events", "RemoveTargets", json!({"Rule": "warm", "Ids": ["1"]}));
    act(&cloud, "events", "DeleteRule", json!({"Name": "warm"}));
    assert!(cloud.leftovers().is_empty());
}

#[test]
fn a_connection_keeps_its_secret() {
    let cloud = Cloud::start_blocking();
    act(
        &cloud,
        "events",
        "CreateConnection",
        json!({"Name": "c", "AuthorizationType": "API_KEY",
        "AuthParameters": {"ApiKeyAuthParameters":
            {"ApiKeyName": "X-Key", "ApiKeyValue": "hidden"}}}),
    );
    let shown = act(&cloud, "events", "DescribeConnection", json!({"Name": "c"}));
    assert_eq!(shown["AuthParameters"]["ApiKeyAuthParameters"]["ApiKeyName"], "X-Key");
    assert!(!shown.to_string().contains("hidden"));
}

#[test]
fn parameters_have_versions() {
    let cloud = Cloud::start_blocking();
    let put = |value: &str, overwrite: bool| {
        try_act(
            &cloud,
            "ssm",
            "PutParameter",
            json!({"Name": "/rag/key", "Value": value,
            "Type": "SecureString", "Overwrite": overwrite}),
        )
    };
    assert_eq!(put("a", false).unwrap()["Version"], 1);
    assert_eq!(put("b", false).unwrap_err().code, "ParameterAlreadyExists");
    assert_eq!(put("b", true).unwrap()["Version"], 2);
    let read = act(
        &cloud,
        "ssm",
        "GetParameters",
        json!({"Names": ["/rag/key", "/no"], "WithDecryption": true}),
    );
    assert_eq!(read["Parameters"][0]["Value"], "b");
    assert_eq!(read["InvalidParameters"], json!(["/no"]));
}

#[test]
fn images_secrets_and_certificates_are_planted() {
    let cloud = Cloud::start_blocking();
    let (digest, secret, certificate) = cloud.with(|account| {
        let region = account.region(REGION);
        (
            region.plant_image("api", "v1", &["arm64"]),
            region.plant_secret("key", "s"),
            region.plant_certificate("a.example", "PENDING_VALIDATION"),
        )
    });
    let input = json!({"repositoryName": "api", "imageIds": [{"imageTag": "v1"}]});
    let image = act(&cloud, "ecr", "BatchGetImage", input);
    assert_eq!(image["images"][0]["imageId"]["imageDigest"], digest);
    assert!(image["images"][0]["imageManifest"].as_str().unwrap().contains("arm64"));
    let none = json!({"repositoryName": "api", "imageIds": [{"imageTag": "v2"}]});
    let missing = try_act(&cloud, "ecr", "DescribeImages", none).unwrap_err();
    assert_eq!(missing.code, "ImageNotFoundException");
    let value = act(&cloud, "secretsmanager", "GetSecretValue", json!({"SecretId": secret}));
    assert_eq!(value["SecretString"], "s");
    let shown = act(&cloud, "acm", "DescribeCertificate", json!({"CertificateArn": certificate}));
    assert_eq!(shown["Certificate"]["Status"], "PENDING_VALIDATION");
    assert!(cloud.leftovers().is_empty());
}

#[test]
fn an_account_is_clean_once_all_is_taken_away() {
    let stack = Stack::new();
    let cloud = &stack.cloud;
    stack.deploy("v1", 1);
    let left = cloud.leftovers();
    for each in [
        "ecs service api",
        "ecs cluster main",
        "ecs task definition api:1",
        "logs log group /api",
        "ec2 security group api",
    ] {
        assert!(left.iter().any(|line| line == each), "{each} in {left:?}");
    }
    act(cloud, "ecs", "DeleteService", json!({"cluster": "main", "service": "api", "force": true}));
    let busy = try_act(cloud, "ecs", "DeleteCluster", json!({"cluster": "main"})).unwrap_err();
    assert_eq!(busy.code, "ClusterContainsServicesException");
    eventually(|| try_act(cloud, "ecs", "DeleteCluster", json!({"cluster": "main"})).ok());
    let definition = json!({"taskDefinition": "api:1"});
    act(cloud, "ecs", "DeregisterTaskDefinition", definition);
    act(cloud, "ecs", "DeleteTaskDefinitions", json!({"taskDefinitions": ["api:1"]}));
    let elb = "elasticloadbalancing";
    let balancers = act(cloud, elb, "DescribeLoadBalancers", json!({}));
    let arn = balancers["LoadBalancers"][0]["LoadBalancerArn"].clone();
    act(cloud, elb, "DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
    act(cloud, elb, "DeleteTargetGroup", json!({"TargetGroupArn": stack.target_group}));
    act(cloud, "logs", "DeleteLogGroup", json!({"logGroupName": "/api"}));
    let group = json!({"GroupId": stack.group});
    eventually(|| try_act(cloud, "ec2", "DeleteSecurityGroup", group.clone()).ok());
    assert_eq!(cloud.leftovers(), Vec::<String>::new());
}
