//! What others have changed is told apart from what the file wants; what is theirs is not touched.

use ragctl_stacks::{
    address::{Address, Kind},
    backend::Backend,
    plan::{PlanError, plan},
};
use serde_json::json;

use crate::support::{Home, MINIMAL, desired, lines};

#[tokio::test]
async fn drift_is_told_apart_from_what_the_file_wants() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    home.cloud.with(|account| {
        let asked = json!({
            "ServiceNamespace": "ecs", "ResourceId": "service/handbook/handbook",
            "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1, "MaxCapacity": 20,
        });
        account
            .act("eu-west-1", "application-autoscaling", "RegisterScalableTarget", asked)
            .unwrap();
    });
    let text = format!("{MINIMAL}logs: {{retention: 30}}\n");
    let plan = home.plan(&text).await;
    let told = lines(&plan);
    let (drift, wanted) = told.split_once("wanted by the file:").unwrap();
    assert!(drift.contains("scalable_target/app   maximum: 20 → 10"), "{told}");
    assert!(wanted.contains("log_group/app         retention_days: 14 → 30"), "{told}");
    home.deploy(&text).await.well();
    assert!(home.plan(&text).await.is_empty());
}

#[tokio::test]
async fn what_is_not_ours_is_never_touched() {
    let home = Home::new().await;
    home.cloud.with(|account| {
        let group = json!({ "logGroupName": "/ragctl/handbook" });
        account.act("eu-west-1", "logs", "CreateLogGroup", group).unwrap();
        account.plant_role("ragctl-handbook-task-eu-west-1", "ecs-tasks.amazonaws.com");
    });
    let live = home.backend(MINIMAL).await.live().await.unwrap();
    let Err(PlanError::NotOurs(foreign)) = plan(&desired(MINIMAL), &live) else {
        panic!("what is not ours stands in the way")
    };
    let at: Vec<&Address> = foreign.keys().collect();
    assert_eq!(at, [&Address::of(Kind::Role, "task"), &Address::app(Kind::LogGroup)]);
    assert!(live.is_empty(), "and is not what the stack owns");
}

#[tokio::test]
async fn the_count_of_tasks_is_autoscalings() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    home.cloud.with(|account| account.region("eu-west-1").scale_service("handbook", "handbook", 3));
    assert!(home.plan(MINIMAL).await.is_empty());
    home.cloud.clear_calls();
    home.deploy(&MINIMAL.replace(":good", ":better")).await.well();
    let status = home.backend(MINIMAL).await.status().await.unwrap().unwrap();
    assert_eq!(status.scaling.unwrap().desired, 3);
}

#[tokio::test]
async fn an_image_of_the_command_line_stays_until_the_file_names_another() {
    use ragctl_stacks::{desired::Desired, resource::Program};

    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    let stack = crate::support::stack(MINIMAL);
    let built = Desired::of(&stack, &Program::Image("rag-service:built-42".to_owned()));
    let backend = home.backend(MINIMAL).await;
    crate::support::carry_out(&backend, &built).await.well();
    let plan = home.plan(MINIMAL).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    let plan = home.plan(&MINIMAL.replace(":good", ":next")).await;
    assert!(lines(&plan).contains("rag-service:built-42"), "{}", lines(&plan));
}
