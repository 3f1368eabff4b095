use proptest::prelude::*;

use super::*;
use crate::{
    cost::Prices,
    stack::Architecture,
    tune::{Run, Tariff, Timings, Tried},
};

fn tariff() -> Tariff {
    Tariff::of(&Prices::built_in(), Architecture::X86_64, None)
}

/// A size whose runs all take as long, and are billed by the begun millisecond.
fn size(mb: u32, ms: f64) -> SizeFigures {
    let run =
        Run { answer_ms: ms, duration_ms: ms, init_ms: None, billed_ms: ms.ceil(), peak_mb: 20.0 };
    let timings = Timings::of(&[run]).unwrap();
    match Tried::ran(MemorySize::new(mb).unwrap(), timings, timings, &tariff()) {
        Tried::Measured(it) => *it,
        Tried::Failed(it) => panic!("{it:?}"),
    }
}

/// Work that uses `cpu_ms` of a processor, which there is a part of below 1,769 MB.
fn bound_by_cpu(sizes: &[u32], cpu_ms: f64) -> Vec<SizeFigures> {
    let share = |mb: u32| (f64::from(mb) / 1769.0).min(1.0);
    sizes.iter().map(|mb| size(*mb, cpu_ms / share(*mb))).collect()
}

fn chosen(goal: Goal, sizes: &[SizeFigures]) -> (u32, String, Option<String>) {
    let Choice { memory_mb, why, note } = goal.choose(sizes).unwrap();
    (memory_mb.get(), why, note)
}

#[test]
fn work_bound_by_the_processor_costs_the_same_up_to_one_and_more_beyond() {
    let sizes = bound_by_cpu(&[128, 512, 1769, 3008], 100.0);
    let (cheapest, why, note) = chosen(Goal::Cost, &sizes);
    assert!(cheapest <= 1769, "{why}");
    assert_eq!(chosen(Goal::Speed, &sizes).0, 1769, "the smallest of two that are as fast");
    assert_eq!(chosen(Goal::Balanced, &sizes).0, 1769);
    assert!(note.unwrap().contains("no dearer"), "memory that makes it faster is free");
    assert!(sizes[3].warm_usd_per_million > sizes[2].warm_usd_per_million * 1.5);
}

#[test]
fn work_that_waits_for_others_is_cheapest_with_the_least() {
    let sizes = [size(128, 200.0), size(512, 200.0), size(1769, 199.0)];
    for goal in [Goal::Cost, Goal::Speed, Goal::Balanced] {
        assert_eq!(chosen(goal, &sizes).0, 128, "{goal}");
    }
    let (_, why, note) = chosen(Goal::Cost, &sizes);
    assert_eq!(
        why,
        "128 MB is the cheapest of 3 sizes: 0.62 $ a million warm invocations, 200.0 ms each"
    );
    assert_eq!(note, None);
}

#[test]
fn of_sizes_that_cost_the_same_the_fastest_is_chosen_and_it_is_said() {
    let sizes = [size(128, 400.0), size(256, 200.0)];
    let (mb, _, note) = chosen(Goal::Cost, &sizes);
    assert_eq!(mb, 256);
    assert_eq!(note.as_deref(), Some("it is no dearer than 128 MB, and 2.0 times as fast"));
    let larger = [size(128, 100.0), size(256, 50.2)];
    let (mb, _, note) = chosen(Goal::Cost, &larger);
    assert_eq!((mb, note), (128, None), "2 % are dearer");
}

#[test]
fn a_size_that_is_less_than_what_was_used_is_none() {
    let run =
        Run { answer_ms: 1.0, duration_ms: 1.0, init_ms: None, billed_ms: 1.0, peak_mb: 130.0 };
    let timings = Timings::of(&[run]).unwrap();
    let tried = Tried::ran(MemorySize::MIN, timings, timings, &tariff());
    assert_eq!(tried.figures(), None);
    assert!(matches!(tried, Tried::Failed(it) if it.reason == "it used 130 MB"));
}

#[test]
fn nothing_is_chosen_where_nothing_ran() {
    assert_eq!(Goal::Balanced.choose(&[]), None);
}

fn any_sizes() -> impl Strategy<Value = Vec<SizeFigures>> {
    let one = (128_u32..=10_240, 0.0..60_000.0_f64).prop_map(|(mb, ms)| size(mb, ms));
    prop::collection::vec(one, 1..12)
}

proptest! {
    #[test]
    fn what_is_chosen_was_tried(sizes in any_sizes()) {
        for goal in [Goal::Cost, Goal::Speed, Goal::Balanced] {
            let choice = goal.choose(&sizes).unwrap();
            prop_assert!(sizes.iter().any(|it| it.memory_mb == choice.memory_mb));
        }
    }

    #[test]
    fn no_goal_is_cheaper_than_cost_nor_much_faster_than_speed(sizes in any_sizes()) {
        // The same size may stand there twice: the figures that its goal saw are its best.
        let best = |goal: Goal, of: fn(&SizeFigures) -> f64| {
            let chosen = goal.choose(&sizes).unwrap().memory_mb;
            let same = sizes.iter().filter(|it| it.memory_mb == chosen);
            same.map(of).fold(f64::INFINITY, f64::min)
        };
        for other in [Goal::Speed, Goal::Balanced] {
            prop_assert!(best(Goal::Cost, cost) <= best(other, cost));
        }
        for other in [Goal::Cost, Goal::Balanced] {
            prop_assert!(best(Goal::Speed, time) <= best(other, time) * AS_FAST + 1e-9);
        }
    }

    #[test]
    fn what_is_both_the_cheapest_and_the_fastest_is_the_balance(sizes in any_sizes()) {
        let cheapest = sizes.iter().map(cost).fold(f64::INFINITY, f64::min);
        let fastest = sizes.iter().map(time).fold(f64::INFINITY, f64::min);
        let both = sizes.iter().find(|it| cost(it) <= cheapest && time(it) <= fastest);
        if let Some(both) = both {
            prop_assert_eq!(Goal::Balanced.choose(&sizes).unwrap().memory_mb, both.memory_mb);
        }
    }

    #[test]
    fn the_order_in_which_sizes_were_tried_is_no_reason(sizes in any_sizes()) {
        let mut sizes = sizes;
        sizes.sort_by_key(|it| it.memory_mb);
        sizes.dedup_by_key(|it| it.memory_mb);
        let reversed: Vec<SizeFigures> = sizes.iter().rev().copied().collect();
        // Speed alone does not depend on which of two equal ones comes first.
        prop_assert_eq!(Goal::Speed.choose(&sizes), Goal::Speed.choose(&reversed));
        let usd = |sizes: &[SizeFigures]| {
            let chosen = Goal::Cost.choose(sizes).unwrap().memory_mb;
            sizes.iter().find(|it| it.memory_mb == chosen).map(cost)
        };
        prop_assert_eq!(usd(&sizes), usd(&reversed));
    }
}
