//! The contract that every backend keeps.

use ragctl_stacks::{backend::Backend, contract};

use crate::support::{Home, MINIMAL, desired, lines};

#[tokio::test]
async fn a_stack_lives_and_dies() {
    let home = Home::new().await;
    let second = format!(
        "{MINIMAL}autoscaling: {{maximum: 4, requests_in_flight: auto}}\nstrategies: {{prewarm: true, keepalive: true}}\n"
    );
    let backend = home.backend(&second).await;
    contract::a_stack_lives_and_dies(&backend, &desired(MINIMAL), &desired(&second)).await;
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_step_can_be_repeated() {
    let home = Home::new().await;
    let backend = home.backend(MINIMAL).await;
    contract::a_step_can_be_repeated(&backend, &desired(MINIMAL)).await;
}

#[tokio::test]
async fn a_lease_has_one_holder() {
    let home = Home::new().await;
    contract::a_lease_has_one_holder(&home.backend(MINIMAL).await).await;
}

#[tokio::test]
async fn an_unchanged_stack_is_planned_in_three_rounds_and_28_calls() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    let backend = home.backend(MINIMAL).await;
    home.cloud.clear_calls();
    backend.live().await.unwrap();
    let calls = home.cloud.calls();
    let told: Vec<String> =
        calls.iter().map(|it| format!("{} {}", it.service, it.action)).collect();
    assert!(calls.len() <= 28, "{}: {told:#?}", calls.len());
    assert!(calls.iter().all(|it| !it.mutating), "{told:#?}");
    let plan = home.plan(MINIMAL).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
}
