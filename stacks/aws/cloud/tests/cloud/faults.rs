//! Throttling, failures, lost and missing answers, and what is remembered of calls.

use std::time::Duration;

use ragctl_cloud::{Cloud, Faults};
use serde_json::{Value, json};

use crate::client::{json as call, query, rest, send};

#[test]
fn throttling_has_the_form_of_each_protocol() {
    let cloud = Cloud::start_blocking();
    cloud.set_faults(Faults { throttle_rate: 1.0, ..Faults::default() });
    let ecs = call(&cloud, "ecs", "ListClusters", &json!({}));
    assert_eq!((ecs.status, &ecs.json()["__type"]), (400, &json!("ThrottlingException")));
    let iam = query(&cloud, "iam", "Action=GetRole&RoleName=r");
    assert_eq!((iam.status, iam.xml("Code")), (400, "Throttling"));
    let ec2 = query(&cloud, "ec2", "Action=DescribeVpcs");
    assert_eq!((ec2.status, ec2.xml("Code")), (503, "RequestLimitExceeded"));
    let lambda = rest(&cloud, "GET /2015-03-31/functions/f", &Value::Null);
    assert_eq!(lambda.status, 429);
    assert!(lambda.head.contains("x-amzn-errortype: toomanyrequestsexception"));
}

#[test]
fn a_failed_call_does_nothing_and_a_lost_one_everything() {
    let cloud = Cloud::start_blocking();
    cloud.set_faults(Faults { fail_rate: 1.0, ..Faults::default() });
    let failed = call(&cloud, "ecs", "CreateCluster", &json!({"clusterName": "a"}));
    assert_eq!((failed.status, &failed.json()["__type"]), (500, &json!("InternalFailure")));
    assert_eq!(cloud.leftovers(), Vec::<String>::new());

    cloud.set_faults(Faults { lose_rate: 1.0, ..Faults::default() });
    let lost = call(&cloud, "ecs", "CreateCluster", &json!({"clusterName": "a"}));
    assert_eq!(lost.status, 500);
    assert_eq!(cloud.leftovers(), ["ecs cluster a"]);
    let calls = cloud.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].error.as_deref(), Some("InternalFailure"));
}

#[test]
fn the_chosen_mutating_call_is_carried_out_and_never_answered() {
    let cloud = Cloud::start_blocking();
    cloud.stall_at(Some(2));
    call(&cloud, "ecs", "CreateCluster", &json!({"clusterName": "a"}));
    call(&cloud, "ecs", "ListClusters", &json!({}));
    assert!(!cloud.stalled());
    let headers = "x-amz-target: Any.CreateCluster\r\n";
    let body = json!({"clusterName": "b"}).to_string();
    let answer = send(&cloud, "POST /", "ecs", headers, &body, Duration::from_millis(200));
    assert!(answer.is_none());
    assert!(cloud.stalled());
    assert_eq!(cloud.leftovers(), ["ecs cluster a", "ecs cluster b"]);
    call(&cloud, "ecs", "CreateCluster", &json!({"clusterName": "c"}));
}

#[test]
fn calls_name_their_resources_and_traffic_is_counted() {
    let cloud = Cloud::start_blocking();
    let delay = Duration::from_millis(100);
    cloud.set_faults(Faults { delay, ..Faults::default() });
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let cloud = &cloud;
            scope.spawn(move || {
                call(cloud, "ecs", "CreateCluster", &json!({"clusterName": name}));
            });
        }
    });
    let traffic = cloud.traffic();
    assert_eq!((traffic.calls, traffic.most_at_once), (2, 2));
    assert_eq!(traffic.rounds, 1);
    let calls = cloud.calls();
    assert!(calls.iter().all(|each| each.mutating && each.service == "ecs"));
    let all: Vec<&String> = calls.iter().flat_map(|each| &each.resources).collect();
    let arn = "arn:aws:ecs:us-east-1:123456789012:cluster/a".to_owned();
    assert!(all.contains(&&arn), "{all:?}");
    cloud.clear_calls();
    assert!(cloud.calls().is_empty());
    assert_eq!(cloud.traffic().calls, 0);
}
