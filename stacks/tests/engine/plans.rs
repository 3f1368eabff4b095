//! Plans as people read them, and plans that cannot be.

use ragctl_stacks::{
    address::{Address, Kind, Name},
    desired::Desired,
    live::Live,
    plan::{Plan, PlanError, PlanRecordError, plan},
    resource::{LoadBalancer, Metric, Place, Resource},
};

use crate::stacks::{Choice, at, desired, scope};

fn live(choice: &Choice) -> Live {
    desired(choice).iter().map(|(_, it)| it.clone()).collect()
}

fn text(wanted: &Desired, live: &Live) -> String {
    let lines = plan(wanted, live).unwrap().lines();
    lines.into_iter().map(|line| line.text + "\n").collect()
}

#[test]
fn a_first_deploy_creates_what_others_need_first() {
    insta::assert_snapshot!(text(&desired(&Choice::default()), &Live::default()));
}

#[test]
fn a_change_of_the_task_replaces_it_and_updates_the_service() {
    let wanted = desired(&Choice { cpu: 256, ..Choice::default() });
    insta::assert_snapshot!(text(&wanted, &live(&Choice::default())));
}

#[test]
fn what_the_file_no_longer_wants_is_deleted_users_first() {
    let before = Choice {
        idle: Some(15),
        keepalive: Some("rate(10 minutes)"),
        edge: Some(30),
        policies: vec![Metric::Cpu, Metric::RequestsInFlight],
        ..Choice::default()
    };
    insta::assert_snapshot!(text(&desired(&Choice::default()), &live(&before)));
}

#[test]
fn destroying_says_what_is_lost() {
    insta::assert_snapshot!(text(&Desired::nothing(scope()), &live(&Choice::default())));
}

#[test]
fn an_unchanged_stack_has_nothing_to_do() {
    insta::assert_snapshot!(text(&desired(&Choice::default()), &live(&Choice::default())), @r"
    handbook (local)
    nothing to do: all is as the file says
    ");
}

#[test]
fn a_need_that_is_not_wanted_is_refused() {
    let balancer = LoadBalancer {
        name: Name::app(),
        idle_timeout: std::time::Duration::from_secs(60),
        place: Place::Machine { port: 80, target_group: at(Kind::TargetGroup) },
    };
    let wanted = Desired::new(scope(), [Resource::from(balancer)]);
    let refused =
        PlanError::Unmet { address: at(Kind::LoadBalancer), needs: at(Kind::TargetGroup) };
    assert_eq!(plan(&wanted, &Live::default()), Err(refused));
}

#[test]
fn a_circle_of_needs_is_refused() {
    let balancer = |name: &str, needs: &str| {
        Resource::from(LoadBalancer {
            name: Name::try_from(name).unwrap(),
            idle_timeout: std::time::Duration::from_secs(60),
            place: Place::Machine {
                port: 80,
                target_group: Address::of(Kind::LoadBalancer, needs),
            },
        })
    };
    let wanted = Desired::new(scope(), [balancer("a", "b"), balancer("b", "a")]);
    assert!(matches!(plan(&wanted, &Live::default()), Err(PlanError::Ring(all)) if all.len() == 2));
}

#[test]
fn a_saved_plan_of_another_form_is_refused() {
    let plan = plan(&desired(&Choice::default()), &Live::default()).unwrap();
    let newer = plan.to_json().replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(matches!(Plan::from_json(&newer), Err(PlanRecordError::OtherFormat { found: 2 })));
    assert!(matches!(Plan::from_json("{}"), Err(PlanRecordError::NotAPlan { .. })));
}

#[test]
fn a_saved_plan_whose_steps_were_moved_is_refused() {
    let mut plan = plan(&desired(&Choice::default()), &Live::default()).unwrap();
    plan.steps.reverse();
    assert!(matches!(Plan::from_json(&plan.to_json()), Err(PlanRecordError::OutOfOrder(_))));
}
