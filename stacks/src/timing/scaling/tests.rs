//! Scaling, minute by minute.

use std::slice;

use proptest::prelude::*;

use super::*;
use crate::address::{Address, Kind, Name};

fn m(minutes: u64) -> Duration {
    PERIOD * u32::try_from(minutes).unwrap()
}

fn policy(metric: Metric, target: u32, out: u64, inwards: u64) -> ScalingPolicy {
    ScalingPolicy {
        name: Name::app(),
        metric,
        target,
        scale_out_cooldown: Duration::from_secs(out),
        scale_in_cooldown: Duration::from_secs(inwards),
        scalable_target: Address { kind: Kind::ScalableTarget, name: Name::app() },
    }
}

/// The seed's: 70 % CPU, cooldowns of 30 and 300 s.
fn cpu() -> ScalingPolicy {
    policy(Metric::Cpu, 70, 30, 300)
}

fn scaler(policies: &[ScalingPolicy], desired: u32) -> Scaler {
    Scaler::new(Bounds::new(1, 10), policies, desired)
}

/// Feeds one reading in the middle of each minute, and looks at its end; the changes as (minute, count).
fn play(scaler: &mut Scaler, from: u64, readings: &[Option<f64>]) -> Vec<(u64, u32)> {
    let mut changes = Vec::new();
    for (minute, reading) in (from..).zip(readings) {
        if let Some(value) = reading {
            scaler.observe(m(minute) + PERIOD / 2, Metric::Cpu, *value);
        }
        if let Some(scaled) = scaler.next(m(minute + 1), Deployment::None) {
            changes.push((minute + 1, scaled.to));
        }
    }
    changes
}

fn steady(value: f64, minutes: usize) -> Vec<Option<f64>> {
    vec![Some(value); minutes]
}

#[test]
fn tasks_are_added_after_three_minutes_above_the_target() {
    assert_eq!(play(&mut scaler(&[cpu()], 1), 0, &steady(100.0, 3)), [(3, 2)]);
    assert_eq!(play(&mut scaler(&[cpu()], 2), 0, &steady(100.0, 2)), []);
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &steady(140.0, 3)), [(3, 8)]);
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &steady(70.0, 60)), [], "at the target");
}

#[test]
fn the_maximum_holds() {
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &steady(1000.0, 30)), [(3, 10)]);
}

#[test]
fn tasks_are_removed_after_fifteen_minutes_below_ninety_percent_of_the_target() {
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &steady(35.0, 15)), [(15, 2)]);
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &steady(63.0, 60)), [], "at 90 %");
    let mut broken = steady(35.0, 20);
    broken[10] = Some(65.0);
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &broken), []);
}

#[test]
fn the_last_task_is_never_removed_by_a_policy() {
    let mut scaler = Scaler::new(Bounds::new(0, 10), &[cpu()], 2);
    assert_eq!(play(&mut scaler, 0, &steady(0.0, 60)), [(15, 1)]);
}

#[test]
fn a_minute_without_data_stops_both_directions() {
    let high = [Some(100.0), Some(100.0), None, Some(100.0), Some(100.0)];
    assert_eq!(play(&mut scaler(&[cpu()], 1), 0, &high), []);
    let mut low = steady(0.0, 25);
    low[12] = None;
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &low), []);
    assert_eq!(play(&mut scaler(&[cpu()], 4), 0, &[None; 60]), []);
}

#[test]
fn old_data_is_forgotten_over_a_gap() {
    let mut scaler = scaler(&[cpu()], 1);
    play(&mut scaler, 0, &steady(100.0, 2));
    assert_eq!(play(&mut scaler, 100_000_000, &steady(100.0, 2)), []);
    assert_eq!(play(&mut scaler, 100_000_002, &steady(100.0, 1)), [(100_000_003, 2)]);
}

#[test]
fn readings_of_a_minute_are_averaged_and_nonsense_is_not_one() {
    let mut scaler = scaler(&[cpu()], 1);
    for minute in 0..3 {
        for (n, value) in [(1, 10.0), (2, 200.0), (3, f64::NAN), (4, -1.0)] {
            scaler.observe(m(minute) + Duration::from_secs(n), Metric::Cpu, value);
        }
    }
    let scaled = scaler.next(m(3), Deployment::None).unwrap();
    assert_eq!((scaled.from, scaled.to), (1, 2));
    assert_eq!(scaled.cause, Cause::Above { metric: Metric::Cpu, value: 105.0, target: 70 });
}

#[test]
fn the_open_minute_does_not_count() {
    let mut scaler = scaler(&[cpu()], 1);
    play(&mut scaler, 0, &steady(100.0, 2));
    scaler.observe(m(2) + PERIOD / 2, Metric::Cpu, 100.0);
    assert_eq!(scaler.next(m(3) - Duration::from_millis(1), Deployment::None), None);
    assert!(scaler.next(m(3), Deployment::None).is_some());
}

#[test]
fn within_the_cooldown_only_a_larger_need_adds_more() {
    let slow = policy(Metric::Cpu, 70, 600, 600);
    // From 1 task at 100 %: 2. The same need within ten minutes adds nothing, then it counts from 2.
    let found = play(&mut scaler(slice::from_ref(&slow), 1), 0, &steady(100.0, 14));
    assert_eq!(found, [(3, 2), (13, 3)]);
    // A larger one counts from the 1 that it began with.
    let mut readings = steady(100.0, 4);
    readings.extend(steady(280.0, 4));
    assert_eq!(play(&mut scaler(&[slow], 1), 0, &readings), [(3, 2), (5, 4)]);
}

#[test]
fn nothing_is_removed_within_the_cooldown_of_any_change() {
    let slow = policy(Metric::Cpu, 70, 30, 30 * 60);
    let mut readings = steady(100.0, 3);
    readings.extend(steady(10.0, 50));
    assert_eq!(play(&mut scaler(slice::from_ref(&slow), 8), 0, &readings), [(3, 10), (33, 2)]);
    assert_eq!(play(&mut scaler(&[slow], 8), 0, &steady(30.0, 100)), [(15, 4), (45, 2), (75, 1)]);
}

#[test]
fn tasks_are_added_at_once_within_the_cooldown_of_a_removal() {
    let slow = policy(Metric::Cpu, 70, 30, 3600);
    let mut readings = steady(30.0, 15);
    readings.extend(steady(140.0, 3));
    assert_eq!(play(&mut scaler(&[slow], 8), 0, &readings), [(15, 4), (18, 8)]);
}

#[test]
fn a_deployment_stops_removal_only() {
    let mut low = scaler(&[cpu()], 4);
    let mut high = scaler(&[cpu()], 4);
    for minute in 0..15 {
        low.observe(m(minute), Metric::Cpu, 10.0);
        high.observe(m(minute), Metric::Cpu, 100.0);
    }
    assert_eq!(low.next(m(15), Deployment::UnderWay), None);
    assert_eq!(low.next(m(15), Deployment::None).unwrap().to, 1);
    assert_eq!(high.next(m(15), Deployment::UnderWay).unwrap().to, 6);
}

#[test]
fn one_policy_is_enough_to_add_and_all_are_needed_to_remove() {
    let both = [cpu(), policy(Metric::RequestsInFlight, 4, 30, 300)];
    let feed = |scaler: &mut Scaler, cpu: f64, requests: Option<f64>| {
        for minute in 0..15 {
            scaler.observe(m(minute), Metric::Cpu, cpu);
            if let Some(requests) = requests {
                scaler.observe(m(minute), Metric::RequestsInFlight, requests);
            }
        }
        scaler.next(m(15), Deployment::None).map(|scaled| scaled.to)
    };
    assert_eq!(feed(&mut scaler(&both, 4), 10.0, Some(8.0)), Some(8));
    assert_eq!(feed(&mut scaler(&both, 4), 100.0, Some(8.0)), Some(8), "the larger need");
    assert_eq!(feed(&mut scaler(&both, 4), 10.0, Some(3.8)), None, "one does not agree");
    assert_eq!(feed(&mut scaler(&both, 4), 10.0, None), None, "one does not know");
    assert_eq!(feed(&mut scaler(&both, 4), 10.0, Some(2.0)), Some(2), "the larger need");
}

#[test]
fn edited_bounds_act_at_once() {
    let mut scaler = scaler(&[cpu()], 4);
    scaler.edit(Bounds::new(6, 10), &[cpu()]);
    let scaled = scaler.next(m(0), Deployment::UnderWay).unwrap();
    assert_eq!((scaled.from, scaled.to, scaled.cause), (4, 6, Cause::Bounds));
    scaler.edit(Bounds::new(1, 2), &[cpu()]);
    assert_eq!(scaler.next(m(0), Deployment::None).unwrap().to, 2);
    assert_eq!(scaler.next(m(0), Deployment::None), None);
}

#[test]
fn edited_policies_keep_what_was_measured() {
    let mut scaler = scaler(&[cpu()], 1);
    play(&mut scaler, 0, &steady(60.0, 3));
    scaler.edit(scaler.bounds(), &[policy(Metric::Cpu, 50, 30, 300)]);
    assert_eq!(scaler.next(m(3), Deployment::None).unwrap().to, 2);
}

#[test]
fn a_maximum_below_the_minimum_is_the_minimum() {
    assert_eq!(Bounds::new(3, 1).hold(9), 3);
}

proptest! {
    #[test]
    fn it_stays_within_its_bounds_and_out_of_its_cooldowns(
        readings in prop::collection::vec(prop::option::weighted(0.95, 0.0..300.0_f64), 1..200),
        calm in prop::option::of(0.0..60.0_f64),
        desired in 1_u32..10,
        out in 0_u64..900,
        inwards in 0_u64..1800,
    ) {
        let mut scaler = scaler(&[policy(Metric::Cpu, 70, out, inwards)], desired);
        let mut readings = readings;
        if let Some(calm) = calm {
            readings.extend(steady(calm, 60));
        }
        let mut before: Option<(u64, u32)> = None;
        let mut count = desired;
        for (minute, to) in play(&mut scaler, 0, &readings) {
            prop_assert!((1..=10).contains(&to) && to != count);
            if let Some((at, _)) = before
                && to < count
            {
                prop_assert!((minute - at) * 60 >= inwards, "removed within the cooldown");
            }
            before = Some((minute, to));
            count = to;
        }
    }

    #[test]
    fn a_steady_load_settles(load in 1.0..600.0_f64, desired in 1_u32..10) {
        // `load` percent of one task's CPU, shared evenly.
        let mut scaler = scaler(&[cpu()], desired);
        let mut changed = 0;
        for minute in 0..600 {
            let value = load / f64::from(scaler.desired());
            scaler.observe(m(minute), Metric::Cpu, value);
            if scaler.next(m(minute + 1), Deployment::None).is_some() {
                changed = minute;
            }
        }
        prop_assert!(changed < 200, "still changing after {changed} minutes");
        let needed = (load / 70.0).ceil();
        prop_assert!(f64::from(scaler.desired()) >= needed.min(10.0));
    }
}
