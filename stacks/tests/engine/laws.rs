//! The laws of planning, on any two stacks.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ragctl_stacks::{
    address::Address,
    apply::apply,
    backend::Backend,
    desired::Desired,
    event::Event,
    fake::{Fake, FakeState},
    live::Live,
    plan::{Plan, plan},
};

use crate::stacks::{any_choice, desired, scope};

/// Runs to its end: the fake never waits for anything outside.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn planned(fake: &Fake, wanted: &Desired) -> (Plan, Live) {
    let live = wait(fake.live()).unwrap();
    (plan(wanted, &live).unwrap(), live)
}

/// Plans and applies; `false` when a step failed.
fn converge(fake: &Fake, wanted: &Desired) -> bool {
    let (plan, live) = planned(fake, wanted);
    wait(apply(&plan, &live, fake, &|_: Event| {})).unwrap().is_complete()
}

fn fake_with(wanted: &Desired) -> Fake {
    let resources = wanted.iter().map(|(at, it)| (at.clone(), it.clone())).collect();
    Fake::new(FakeState { resources, ..FakeState::default() })
}

proptest! {
    #[test]
    fn planning_what_exists_gives_no_steps(choice in any_choice()) {
        let wanted = desired(&choice);
        prop_assert_eq!(planned(&fake_with(&wanted), &wanted).0.steps, []);
    }

    #[test]
    fn after_apply_planning_gives_no_steps(before in any_choice(), after in any_choice()) {
        let (fake, wanted) = (fake_with(&desired(&before)), desired(&after));
        prop_assert!(converge(&fake, &wanted));
        prop_assert_eq!(planned(&fake, &wanted).0.steps, []);
    }

    #[test]
    fn stopping_at_any_step_and_running_again_ends_in_the_same_place(
        before in any_choice(),
        after in any_choice(),
        stop in any::<prop::sample::Index>(),
    ) {
        let wanted = desired(&after);
        let (whole, broken) = (fake_with(&desired(&before)), fake_with(&desired(&before)));
        converge(&whole, &wanted);
        let steps = planned(&broken, &wanted).0.steps;
        if !steps.is_empty() {
            broken.refuse(Some(steps[stop.index(steps.len())].address.clone()));
            prop_assert!(!converge(&broken, &wanted));
            broken.refuse(None);
        }
        prop_assert!(converge(&broken, &wanted));
        prop_assert_eq!(broken.state().resources, whole.state().resources);
    }

    #[test]
    fn every_step_comes_after_those_it_waits_for(before in any_choice(), after in any_choice()) {
        let plan = planned(&fake_with(&desired(&before)), &desired(&after)).0;
        let mut done: BTreeSet<&Address> = BTreeSet::new();
        for step in &plan.steps {
            prop_assert!(step.after.iter().all(|it| done.contains(it)), "{}", step.address);
            prop_assert!(done.insert(&step.address), "{} has one step", step.address);
        }
    }

    #[test]
    fn destroy_leaves_nothing_that_apply_made(choice in any_choice()) {
        let fake = fake_with(&desired(&choice));
        prop_assert!(converge(&fake, &Desired::nothing(scope())));
        prop_assert!(wait(fake.live()).unwrap().is_empty());
    }

    #[test]
    fn a_plan_survives_json(before in any_choice(), after in any_choice()) {
        let plan = planned(&fake_with(&desired(&before)), &desired(&after)).0;
        let text = plan.to_json();
        prop_assert_eq!(&Plan::from_json(&text).unwrap(), &plan);
        prop_assert_eq!(Plan::from_json(&text).unwrap().to_json(), text);
    }

    #[test]
    fn equal_inputs_give_equal_bytes(before in any_choice(), after in any_choice()) {
        let once = || planned(&fake_with(&desired(&before)), &desired(&after)).0.to_json();
        prop_assert_eq!(once(), once());
    }
}
