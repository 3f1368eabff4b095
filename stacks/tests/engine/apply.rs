//! What apply does when a step fails, and that it runs side by side what can be.

use std::sync::Mutex;

use ragctl_stacks::{
    address::{Address, Kind},
    apply::{ApplyError, apply},
    backend::Backend,
    desired::Desired,
    event::Event,
    fake::Fake,
    live::Live,
    plan::plan,
};

use crate::stacks::{Choice, at, desired};

#[tokio::test]
async fn a_failed_step_skips_what_needs_it_and_no_more() {
    let fake = Fake::default();
    fake.refuse(Some(at(Kind::LoadBalancer)));
    let live = Live::default();
    let plan = plan(&desired(&Choice::default()), &live).unwrap();
    let events = Mutex::new(Vec::new());
    let outcome =
        apply(&plan, &live, &fake, &|e: Event| events.lock().unwrap().push(e)).await.unwrap();

    let failed: Vec<&Address> = outcome.failed.iter().map(|it| &it.step.address).collect();
    assert_eq!(failed, [&at(Kind::LoadBalancer)]);
    let skipped: Vec<String> = outcome.skipped.keys().map(ToString::to_string).collect();
    assert_eq!(skipped, ["service/app", "scalable_target/app", "scaling_policy/cpu"]);
    assert_eq!(outcome.done, [at(Kind::Store), at(Kind::TargetGroup), at(Kind::TaskDefinition)]);
    let told = events.into_inner().unwrap();
    let reason = told.iter().find_map(|event| match event {
        Event::StepFailed { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(reason, Some("create load_balancer/app was refused: as the test asked"));
}

#[tokio::test]
async fn what_is_for_later_is_no_failure_and_keeps_what_it_needs() {
    let fake = Fake::default();
    let wanted = desired(&Choice::default());
    let make = plan(&wanted, &Live::default()).unwrap();
    apply(&make, &Live::default(), &fake, &|_: Event| {}).await.unwrap();
    fake.postpone(Some(at(Kind::Service)));
    let live = fake.live().await.unwrap();
    let nothing = plan(&Desired::nothing(make.scope.clone()), &live).unwrap();
    let events = Mutex::new(Vec::new());
    let outcome =
        apply(&nothing, &live, &fake, &|e: Event| events.lock().unwrap().push(e)).await.unwrap();

    assert!(outcome.is_complete() && outcome.skipped.is_empty());
    let postponed: Vec<String> =
        outcome.postponed.iter().map(|(address, why)| format!("{address}: {why}")).collect();
    let until_then = "`service/app` needs it until then";
    let wanted = [
        format!("store/app: {until_then}"),
        format!("task_definition/app: {until_then}"),
        format!("target_group/app: {until_then}"),
        format!("load_balancer/app: {until_then}"),
        "service/app: it is early".to_owned(),
    ];
    assert_eq!(postponed, wanted);
    let told = events.into_inner().unwrap();
    let told = told.iter().filter(|it| matches!(it, Event::StepPostponed { .. })).count();
    assert_eq!(told, wanted.len());

    fake.postpone(None);
    let live = fake.live().await.unwrap();
    let rest = plan(&Desired::nothing(make.scope.clone()), &live).unwrap();
    assert_eq!(apply(&rest, &live, &fake, &|_: Event| {}).await.unwrap().done.len(), wanted.len());
    assert!(fake.live().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stale_plan_attempts_nothing() {
    let fake = Fake::default();
    let wanted = desired(&Choice::default());
    let plan_of_nothing = plan(&wanted, &Live::default()).unwrap();
    apply(&plan_of_nothing, &Live::default(), &fake, &|_: Event| {}).await.unwrap();
    let live = fake.live().await.unwrap();
    let again = apply(&plan_of_nothing, &live, &fake, &|_: Event| panic!("nothing is told")).await;
    assert_eq!(again.unwrap_err(), ApplyError::Stale(at(Kind::Store)));
}

#[tokio::test]
async fn steps_that_do_not_need_each_other_run_side_by_side() {
    let plan = plan(&desired(&Choice::default()), &Live::default()).unwrap();
    let events = Mutex::new(Vec::new());
    let slow = crate::slow::Slow::default();
    apply(&plan, &Live::default(), &slow, &|e: Event| events.lock().unwrap().push(e))
        .await
        .unwrap();
    assert!(slow.most_at_once() >= 2, "store and target group have no need of each other");
}
