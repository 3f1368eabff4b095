//! Rollouts: those that end well, and the ways in which they do not.

use serde_json::{Value, json};

use crate::client::eventually;
use crate::stack::{Stack, act};

#[test]
fn a_good_image_is_rolled_out_and_the_old_tasks_drain() {
    let stack = Stack::new();
    let made = stack.deploy("v1", 2);
    assert_eq!(made["status"], "ACTIVE");
    assert_eq!(made["deployments"][0]["rolloutState"], "IN_PROGRESS");
    let service = stack.until("COMPLETED");
    assert_eq!((&service["runningCount"], &service["pendingCount"]), (&json!(2), &json!(0)));

    let new = stack.update("v2");
    let service = stack.until("COMPLETED");
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(service["deployments"][0]["id"], new);
    let health = act(
        &stack.cloud,
        "elasticloadbalancing",
        "DescribeTargetHealth",
        json!({"TargetGroupArn": stack.target_group}),
    );
    let health = health["TargetHealthDescriptions"].as_array().unwrap().clone();
    assert_eq!(health.len(), 2);
    assert!(health.iter().all(|each| each["TargetHealth"]["State"] == "healthy"));
    let events = stack.events();
    assert_eq!(events[0], "(service api) has reached a steady state.");
    assert_eq!(events[1], format!("(service api) (deployment {new}) deployment completed."));
    let registered = format!("registered 2 targets in (target-group {})", stack.target_group);
    assert!(events.iter().any(|event| event.contains(&registered)), "{events:#?}");
}

#[test]
fn a_crashing_image_trips_the_breaker_and_is_rolled_back() {
    let stack = Stack::new();
    let first = stack.deploy("v1", 2)["deployments"][0]["id"].as_str().unwrap().to_owned();
    let good = stack.until("COMPLETED")["taskDefinition"].clone();
    let bad = stack.update("crash1");
    let service = eventually(|| {
        let service = stack.look();
        let rolling = service["deployments"][0]["id"] != bad;
        (rolling && service["deployments"][0]["rolloutState"] == "COMPLETED").then_some(service)
    });
    assert_eq!(service["taskDefinition"], good);
    assert_eq!(service["runningCount"], 2);
    assert_ne!(service["deployments"][0]["id"], first);
    let stopped = stack.stopped(&bad);
    assert!(stopped.len() >= 3);
    let task = &stopped[0];
    assert_eq!(task["stoppedReason"], "Essential container in task exited");
    assert_eq!(task["containers"][0]["exitCode"], 1);
    let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let lines = act(
        &stack.cloud,
        "logs",
        "GetLogEvents",
        json!({"logGroupName": "/api",
        "logStreamName": format!("task/api/{id}"), "startFromHead": true}),
    );
    assert_eq!(lines["events"][0]["message"], "starting");
    let events = stack.events();
    assert!(events.iter().any(|e| e.contains("is unable to consistently start tasks")));
    let history = act(
        &stack.cloud,
        "ecs",
        "ListServiceDeployments",
        json!({"cluster": "main", "service": "api"}),
    );
    assert_eq!(history["serviceDeployments"][0]["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn while_rolling_back_the_new_primary_says_so() {
    let stack = Stack::new();
    let first = stack.deploy("v1", 1)["deployments"][0]["id"].as_str().unwrap().to_owned();
    stack.until("COMPLETED");
    stack.update("nopull");
    let rolling = eventually(|| {
        let service = stack.look();
        let all = service["deployments"].as_array().unwrap().clone();
        all.iter().any(|each| each["rolloutState"] == "FAILED").then_some(service)
    });
    let (primary, failed) = (&rolling["deployments"][0], &rolling["deployments"][1]);
    assert_eq!(primary["status"], "PRIMARY");
    assert_eq!(
        primary["rolloutStateReason"],
        format!("ECS deployment circuit breaker: rolling back to deploymentId {first}.")
    );
    assert_eq!(
        failed["rolloutStateReason"],
        "ECS deployment circuit breaker: tasks failed to start."
    );
    assert_eq!(failed["failedTasks"], 3);
    let stopped = stack.stopped(failed["id"].as_str().unwrap());
    assert_eq!(stopped[0]["stopCode"], "TaskFailedToStart");
    assert!(stopped[0]["stoppedReason"].as_str().unwrap().starts_with("CannotPullContainerError"));
}

#[test]
fn a_first_deployment_that_crashes_stays_failed() {
    let stack = Stack::new();
    stack.deploy("crash", 2);
    let service = stack.until("FAILED");
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    let service = eventually(|| {
        let service = stack.look();
        (service["pendingCount"] == 0 && service["runningCount"] == 0).then_some(service)
    });
    assert_eq!(service["deployments"][0]["desiredCount"], 0);
}

#[test]
fn a_stuck_image_stays_pending() {
    let stack = Stack::new();
    stack.deploy("stuck", 1);
    std::thread::sleep(std::time::Duration::from_millis(150));
    let service = stack.look();
    assert_eq!((&service["pendingCount"], &service["runningCount"]), (&json!(1), &json!(0)));
    assert_eq!(service["deployments"][0]["rolloutState"], "IN_PROGRESS");
}

#[test]
fn every_bad_image_says_what_ails_it() {
    let reason = |tag: &str| -> (Value, Value) {
        let stack = Stack::new();
        stack.deploy(tag, 1);
        let service = stack.until("FAILED");
        let id = service["deployments"][0]["id"].as_str().unwrap().to_owned();
        let task = stack.stopped(&id)[0].clone();
        (task["stoppedReason"].clone(), task["containers"][0].clone())
    };
    let (why, _) = reason("sick2");
    assert!(
        why.as_str().unwrap().starts_with("Task failed ELB health checks in (target-group arn")
    );
    assert_eq!(reason("unhealthy").0, "Task failed container health checks");
    let (_, container) = reason("oom");
    assert_eq!(container["exitCode"], 137);
    assert_eq!(container["reason"], "OutOfMemoryError: Container killed due to memory usage");
}

#[test]
fn nothing_wanted_completes_at_once() {
    let stack = Stack::new();
    assert_eq!(stack.deploy("v1", 0)["deployments"][0]["rolloutState"], "COMPLETED");
}

#[test]
fn a_deleted_service_drains_and_then_stays_visible() {
    let stack = Stack::new();
    stack.deploy("v1", 1);
    stack.until("COMPLETED");
    let input = json!({"cluster": "main", "service": "api", "force": true});
    let gone = act(&stack.cloud, "ecs", "DeleteService", input);
    assert_eq!(gone["service"]["status"], "DRAINING");
    let refused =
        crate::stack::try_act(&stack.cloud, "ecs", "CreateService", stack.service("v1", 1))
            .unwrap_err();
    assert_eq!(refused.message, "Unable to Start a service that is still Draining.");
    let service = eventually(|| {
        let service = stack.look();
        (service["status"] == "INACTIVE").then_some(service)
    });
    assert_eq!(service["runningCount"], 0);
    assert_eq!(stack.deploy("v1", 1)["status"], "ACTIVE");
}

#[test]
fn a_slow_image_is_pending_for_long_and_then_good() {
    let stack = Stack::new();
    stack.deploy("slow", 1);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(stack.look()["pendingCount"], 1);
    assert_eq!(stack.until("COMPLETED")["runningCount"], 1);
}

#[test]
fn changing_the_count_makes_no_deployment() {
    let stack = Stack::new();
    let first = stack.deploy("v1", 1)["deployments"][0]["id"].clone();
    stack.until("COMPLETED");
    for wanted in [3, 1, 0] {
        let input = json!({"cluster": "main", "service": "api", "desiredCount": wanted});
        act(&stack.cloud, "ecs", "UpdateService", input);
        let service = eventually(|| {
            let service = stack.look();
            (service["runningCount"] == wanted).then_some(service)
        });
        assert_eq!(service["deployments"][0]["id"], first);
        assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    }
}

#[test]
fn a_stopped_task_is_replaced() {
    let stack = Stack::new();
    stack.deploy("v1", 1);
    stack.until("COMPLETED");
    let list = || act(&stack.cloud, "ecs", "ListTasks", json!({"cluster": "main"}));
    let task = list()["taskArns"][0].clone();
    act(&stack.cloud, "ecs", "StopTask", json!({"cluster": "main", "task": task, "reason": "me"}));
    eventually(|| {
        let service = stack.look();
        let new = list()["taskArns"][0].clone();
        (service["runningCount"] == 1 && new != task).then_some(())
    });
    let input = json!({"cluster": "main", "tasks": [task]});
    let old = act(&stack.cloud, "ecs", "DescribeTasks", input)["tasks"][0].clone();
    assert_eq!((&old["stopCode"], &old["stoppedReason"]), (&json!("UserInitiated"), &json!("me")));
}

#[test]
fn a_service_deployment_can_be_stopped_and_is_rolled_back() {
    let stack = Stack::new();
    let good = stack.deploy("v1", 1)["taskDefinition"].clone();
    stack.until("COMPLETED");
    stack.update("stuck");
    let arn = stack.look()["currentServiceDeployment"].clone();
    let stop = json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"});
    act(&stack.cloud, "ecs", "StopServiceDeployment", stop.clone());
    assert_eq!(stack.until("COMPLETED")["taskDefinition"], good);
    let shown = act(
        &stack.cloud,
        "ecs",
        "DescribeServiceDeployments",
        json!({"serviceDeploymentArns": [arn]}),
    );
    assert_eq!(shown["serviceDeployments"][0]["status"], "ROLLBACK_SUCCESSFUL");
    let again = crate::stack::try_act(&stack.cloud, "ecs", "StopServiceDeployment", stop);
    assert_eq!(again.unwrap_err().code, "ConflictException");
}

#[test]
fn without_a_breaker_tasks_are_tried_again_and_again() {
    let stack = Stack::new();
    let mut service = stack.service("crash", 1);
    service["deploymentConfiguration"] = json!({});
    act(&stack.cloud, "ecs", "CreateService", service);
    let failed = eventually(|| {
        let deployment = stack.look()["deployments"][0].clone();
        (deployment["failedTasks"].as_i64() > Some(5)).then_some(deployment)
    });
    assert_eq!(failed["rolloutState"], "IN_PROGRESS");
    stack.update("v2");
    assert_eq!(stack.until("COMPLETED")["runningCount"], 1);
}

#[test]
fn few_tasks_may_be_stopped_before_new_ones_start() {
    let stack = Stack::new();
    let mut service = stack.service("v1", 1);
    service["deploymentConfiguration"] = json!({"minimumHealthyPercent": 0, "maximumPercent": 100});
    act(&stack.cloud, "ecs", "CreateService", service);
    stack.until("COMPLETED");
    let new = stack.update("v2");
    let service = stack.until("COMPLETED");
    assert_eq!(service["deployments"][0]["id"], new);
}

#[test]
fn lines_are_chosen_by_tag_and_digests_stand_for_tags() {
    let stack = Stack::new();
    let digest = stack.cloud.with(|account| {
        let region = account.region(crate::client::REGION);
        region.say("v9", &["one", "two"]);
        region.plant_image("api", "v9", &["amd64"])
    });
    let mut definition = stack.definition("x");
    definition["containerDefinitions"][0]["image"] = json!(format!("host/api@{digest}"));
    act(&stack.cloud, "ecs", "RegisterTaskDefinition", definition);
    let mut service = stack.service("x", 1);
    service["taskDefinition"] = json!("api:1");
    act(&stack.cloud, "ecs", "CreateService", service);
    stack.until("COMPLETED");
    let lines = act(
        &stack.cloud,
        "logs",
        "FilterLogEvents",
        json!({"logGroupName": "/api", "logStreamNamePrefix": "task/api"}),
    );
    assert_eq!(lines["events"][1]["message"], "two");
}
