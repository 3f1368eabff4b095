//! What apply does when a step fails, and that it runs side by side what can be.

use std::sync::Mutex;

use ragctl_stacks::{
    address::{Address, Kind},
    apply::{ApplyError, apply},
    backend::Backend,
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
