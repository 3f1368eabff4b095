//! Laws of every simulation, and figures of some.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{
    budget::tests::{on_fargate, on_lambda, shape, stack},
    cost::Prices,
    outlook::Facts,
    stack::Stack,
    traffic::{Rate, RequestLog, Traffic},
};

fn times_of(stack: &Stack) -> Times {
    let facts =
        Facts { budget: stack.budget, measured: None, prices: Prices::built_in(), region: None };
    Times::of(&shape(stack), &facts)
}

fn scenario(stack: &Stack, traffic: &str, days: u32) -> Scenario {
    let traffic = Traffic::Week(traffic.parse().unwrap());
    Scenario::new(shape(stack), times_of(stack), traffic, days * DAY)
}

fn log(seconds: &[f64]) -> Traffic {
    let lines: Vec<String> = seconds.iter().map(f64::to_string).collect();
    Traffic::Log(RequestLog::parse(&lines.join("\n")).unwrap().into())
}

/// All that happens, in order.
fn told(scenario: &Scenario) -> (Simulated, Vec<(Duration, Happening)>) {
    let mut all = Vec::new();
    let done = watched(scenario, &mut |at, what| all.push((at, what)));
    (done, all)
}

const IDLE: &str = "idle: {enabled: true, after: 15m}\n";

#[test]
fn a_service_that_never_sleeps_answers_all_at_once() {
    let always = on_fargate("");
    let done = simulate(&scenario(&always, "10/h", 30));
    assert_eq!((done.answered, done.cold), (done.requests, 0));
    assert!((done.work.task_hours - 720.0).abs() < 1e-6, "{}", done.work.task_hours);
    let latency = done.latency.unwrap();
    assert!((latency.p99 - 4.0).abs() < 0.01, "the file's `answer_time`: {latency:?}");
}

#[test]
fn a_service_that_sleeps_is_woken_and_its_callers_come_again() {
    let sleeps = on_fargate(IDLE);
    let scenario =
        Scenario { traffic: log(&[3600.0, 3700.0, 3702.0]), ..scenario(&sleeps, "0/h", 1) };
    let (done, happened) = told(&scenario);
    assert_eq!((done.answered, done.work.wakes, done.work.started), (3, 1, 1));
    let at = |wanted: Happening| happened.iter().find(|it| it.1 == wanted).map(|it| it.0.as_secs());
    assert_eq!(at(Happening::Woke), Some(3600));
    let healthy = at(Happening::TaskHealthy { task: 1 }).unwrap();
    assert!((3600 + 13..3600 + 120).contains(&healthy), "{healthy}");
    let slept = at(Happening::FellAsleep).unwrap();
    assert!(slept >= healthy + 900 - 60 && slept <= 3600 + 240 + 900 + 120, "{slept}");
    // Until then it is paid for, and while the target drains.
    let left = done.work.task_hours * 3600.0;
    assert!(left > 900.0 && left < 1300.0, "{left}");
    assert!(done.told_to_wait > 0 && done.cold > 0);
}

#[test]
fn this_machine_holds_the_request_that_wakes() {
    let sleeps = stack(IDLE);
    let scenario = Scenario { traffic: log(&[10.0, 11.0]), ..scenario(&sleeps, "0/h", 1) };
    let done = simulate(&scenario);
    assert_eq!((done.answered, done.cold, done.told_to_wait), (2, 1, 0));
    assert!(done.cold_latency.unwrap().most < 4.5);
    // 15 minutes after the last answer.
    assert!((done.work.task_hours * 3600.0 - 905.0).abs() < 2.0, "{}", done.work.task_hours);
}

#[test]
fn keep_alive_wakes_it_and_keeps_it_awake() {
    let kept =
        on_fargate("idle: {enabled: true, after: 15m}\nstrategies: {keepalive: {enabled: true}}\n");
    let done = simulate(&scenario(&kept, "1/h", 7));
    assert!(done.work.task_hours > 7.0 * 24.0 - 1.0, "{}", done.work.task_hours);
    assert_eq!(done.work.pings, 7 * 24 * 6 - 1);
    assert!(done.cold_share() < 0.02, "{}", done.cold_share());
}

#[test]
fn a_burst_adds_tasks_and_quiet_removes_them() {
    let scaled = on_fargate("autoscaling: {maximum: 10, requests_in_flight: 6}\n");
    let pattern = "mon-sun 0-24 10/h, mon-sun 12-13 30000/h";
    let done = simulate(&scenario(&scaled, pattern, 2));
    assert!(done.work.most > 4, "{}", done.work.most);
    let noon = &done.day.slots[12 * 12 + 11];
    let night = &done.day.slots[23 * 12];
    assert!(noon.tasks > 3.0 && night.tasks < 1.5, "{noon:?} {night:?}");
}

#[test]
fn a_service_that_wakes_in_the_minute_in_which_it_fell_asleep_scales_as_any_other() {
    let sleeps = stack(&format!("{IDLE}autoscaling: {{maximum: 10, requests_in_flight: 1}}\n"));
    // It falls asleep at 914 s; then somebody wakes it, and at last many ask.
    let scaled = |woken: f64| {
        let burst = (0..900).map(|it| 1200.0 + f64::from(it) / 0.9);
        let seconds: Vec<f64> = [10.0, woken].into_iter().chain(burst).collect();
        let (done, happened) =
            told(&Scenario { traffic: log(&seconds), ..scenario(&sleeps, "0/h", 1) });
        assert_eq!(done.work.wakes, 2);
        let changes = happened.into_iter().filter(|it| matches!(it.1, Happening::Scaled { .. }));
        changes.collect::<Vec<_>>()
    };
    let usual = scaled(970.0);
    assert!(!usual.is_empty());
    assert_eq!(scaled(920.0), usual);
}

#[test]
fn a_warm_up_longer_than_the_balancers_patience_is_a_loop_of_kills() {
    let killed = on_fargate("strategies: {prewarm: {enabled: true}}\nidle: {enabled: true}\n");
    let mut scenario = Scenario { traffic: log(&[10.0]), ..scenario(&killed, "0/h", 1) };
    if let crate::shape::Shape::Tasks(tasks) = &mut scenario.shape {
        tasks.grace = Duration::ZERO;
    }
    scenario.times.warm = Chance::exactly(200.0);
    let done = simulate(&scenario);
    assert!(done.work.unhealthy > 0, "{:?}", done.work);
    assert_eq!(done.answered, 0);
}

#[test]
fn an_async_start_tells_callers_to_come_again() {
    let behind =
        stack("strategies: {async-init: {enabled: true}}\nidle: {enabled: true, after: 15m}\n");
    let mut scenario = Scenario { traffic: log(&[10.0]), ..scenario(&behind, "0/h", 1) };
    scenario.times.warm = Chance::exactly(30.0);
    let done = simulate(&scenario);
    assert_eq!((done.answered, done.cold), (1, 1));
    assert!(done.told_to_wait >= 3, "{}", done.told_to_wait);
    let latency = done.latency.unwrap().most;
    assert!((34.0..=45.0).contains(&latency), "{latency}");
}

#[test]
fn a_function_sets_a_sandbox_up_when_none_is_free() {
    let function = on_lambda("");
    let mut scenario =
        Scenario { traffic: log(&[10.0, 11.0, 30.0, 2000.0]), ..scenario(&function, "0/h", 1) };
    scenario.times.warm = Chance::exactly(0.0);
    let done = simulate(&scenario);
    // The second comes while the first is answered, the last long after.
    assert_eq!((done.answered, done.cold, done.work.started), (4, 3, 3));
    let ahead = on_lambda(
        "strategies: {provisioned-concurrency: {enabled: true, minimum: 2, maximum: 2}}\n",
    );
    let scenario = Scenario { shape: shape(&ahead), ..scenario };
    assert_eq!(simulate(&scenario).cold, 0);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let sleeps = on_fargate(IDLE);
    let bytes = |seed| {
        let scenario = Scenario { seed, ..scenario(&sleeps, "office 20/h", 14) };
        serde_json::to_string(&simulate(&scenario)).unwrap()
    };
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
}

fn any_stack() -> impl Strategy<Value = Stack> {
    let strategies = ["prewarm", "reduced-workers", "async-init", "keepalive", "edge-prewarm"]
        .map(|name| any::<bool>().prop_map(move |on| format!("  {name}: {{enabled: {on}}}\n")));
    (any::<bool>(), any::<bool>(), strategies, 0_u32..4, 1_u32..4).prop_map(
        |(on_machine, sleeps, strategies, after, minimum)| {
            let after = [60, 300, 900, 1800][after as usize];
            let idle = format!("idle: {{enabled: {sleeps}, after: {after}s}}\n");
            let scaling =
                format!("autoscaling: {{minimum: {minimum}, maximum: 6, requests_in_flight: 4}}\n");
            let lines = format!("{idle}{scaling}strategies:\n{}", strategies.concat());
            // CloudFront needs more than these lines.
            let lines = lines.replace("  edge-prewarm: {enabled: true}\n", "");
            if on_machine { stack(&lines) } else { on_fargate(&lines) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_request_is_lost_time_never_goes_back_and_what_is_paid_is_what_ran(
        stack in any_stack(), seed: u64, rate in 0.2_f64..2000.0, hours in 1_u32..30, warm in 0.0_f64..150.0,
    ) {
        let traffic = Traffic::steady(Rate::an_hour(rate));
        let mut scenario = scenario(&stack, "0/h", 1);
        scenario.traffic = traffic;
        scenario.length = DAY / 24 * hours;
        scenario.seed = seed;
        scenario.times.warm = Chance::exactly(warm);
        let (done, happened) = told(&scenario);

        // No request is lost.
        let failed: u64 = done.failed.values().sum();
        prop_assert_eq!(done.answered + failed, done.requests);
        let asked = happened.iter().filter(|it| it.1 == Happening::Asked).count();
        prop_assert_eq!(u64::try_from(asked).unwrap(), done.requests);
        let over = |it: &&(Duration, Happening)| {
            matches!(it.1, Happening::Answered { .. } | Happening::Failed { .. })
        };
        prop_assert_eq!(happened.iter().filter(over).count(), asked);

        // Time never goes back.
        prop_assert!(happened.windows(2).all(|it| it[0].0 <= it[1].0));

        // What is paid for is what ran: a minute at least on Fargate.
        let least = if on_machine(&scenario) { Duration::ZERO } else { Duration::from_secs(60) };
        let mut since = BTreeMap::new();
        let mut paid = Duration::ZERO;
        for (at, what) in happened {
            match what {
                Happening::TaskPaid { task } => drop(since.insert(task, at)),
                Happening::TaskGone { task } => if let Some(since) = since.remove(&task) {
                    let least = if at <= scenario.length { least } else { Duration::ZERO };
                    let (from, to) = (since.min(scenario.length), at.min(scenario.length));
                    paid += (to - from).max(least);
                },
                _ => {}
            }
        }
        paid += since.values().map(|it| scenario.length.saturating_sub(*it)).sum::<Duration>();
        let hours = paid.as_secs_f64() / 3600.0;
        prop_assert!((done.work.task_hours - hours).abs() < 1e-6, "{} {}", done.work.task_hours, hours);

        // Nobody waits less than an answer takes.
        prop_assert!(done.curve.first().is_none_or(|it| *it >= 3.99), "{:?}", done.curve);
        prop_assert!(done.curve.windows(2).all(|it| it[0] <= it[1]));
    }
}

fn on_machine(scenario: &Scenario) -> bool {
    scenario.shape.tasks().is_some_and(|it| it.on == crate::shape::On::Machine)
}
