use super::*;
use crate::budget::{
    register::register,
    tests::{on_fargate, on_lambda, shape, stack, tasks},
};

/// An image of 600 MB, 3 s until it listens, 30 s of warming.
const LARGE: &str = "budget: {image_size: 600, bind: 3s, warm_up: 30s}\n";
const TUNED: &str = "load_balancer: {health_check: {interval: 5s, timeout: 4s}}\n";

/// The cold start of a stack that a function wakes.
fn woken(lines: &str) -> ColdStart {
    let stack = on_fargate(&format!("{lines}idle: true\n"));
    ColdStart::of(&shape(&stack), &stack.budget, None)
}

/// Until the service answers, a caller's patience left out.
fn serves(cold: &ColdStart) -> f64 {
    cold.first_200().typical - cold.time(Phase::Retry).typical
}

fn near(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 1e-9
}

#[test]
fn the_worked_example_of_the_seeds_checks_takes_90_s_and_120_s_once_flagged() {
    let seed = woken(&format!("{LARGE}strategies: {{prewarm: true}}\n"));
    assert!(near(serves(&seed), 2.0 + 17.0 + 20.0 + 3.5 + 33.0 + 15.0), "{seed:?}");
    // 33 s are just as long as 3 checks of 11 s: the target is flagged, and needs one more.
    let flagged = woken(&format!(
        "{LARGE}strategies: {{prewarm: true}}\nload_balancer: {{health_check: {{interval: 11s, \
         timeout: 4s}}}}\n"
    ));
    assert!(near(flagged.time(Phase::Register).typical, 5.5 + 11.0), "{flagged:?}");
    let mut tasks = tasks(&on_fargate(&format!("{LARGE}strategies: {{prewarm: true}}\n")));
    tasks.check.unhealthy_threshold = 1;
    assert!(near(register(&tasks, Range::exactly(33.0)).typical, 45.0));
    assert!(near(serves(&seed) - 15.0 + 45.0, 120.5));
}

#[test]
fn the_worked_example_with_tuned_checks_takes_83_s_and_15_s_less_in_a_slim_image() {
    let text = format!("{LARGE}{TUNED}strategies: {{prewarm: true}}\n");
    // 33 s are more than 3 checks of 5 s: the target is flagged, and needs one more check.
    let tuned = woken(&text);
    assert!(near(tuned.time(Phase::Register).typical, 2.5 + 5.0), "{tuned:?}");
    assert!(near(serves(&tuned), 83.0), "{tuned:?}");
    let slim = woken(&text.replace("image_size: 600", "image_size: 150"));
    assert!(near(serves(&tuned) - serves(&slim), 15.0));
}

#[test]
fn the_worked_example_with_async_init_answers_202_after_48_s_and_200_after_76_s_and_half_a_retry() {
    let cold = woken(&format!("{LARGE}{TUNED}strategies: {{async-init: true}}\n"));
    assert!(near(cold.first_202.unwrap().typical, 48.0), "{cold:?}");
    assert!(near(serves(&cold), 75.5), "{cold:?}");
    assert_eq!(cold.time(Phase::Retry), Range::new(0.0, 5.0, 10.0));
}

#[test]
fn without_a_strategy_the_first_query_waits_for_one_pool_after_the_other() {
    let cold = woken(LARGE);
    assert_eq!(cold.time(Phase::Warm), Range::exactly(60.0));
    assert_eq!(cold.time(Phase::Register), Range::new(0.0, 15.0, 65.0));
    assert!(near(serves(&cold), 2.0 + 17.0 + 20.0 + 3.5 + 3.0 + 15.0 + 60.0));
    assert_eq!(cold.phases.last().map(|it| it.phase), Some(Phase::Retry));
    assert_eq!(cold.first_202, None);
}

#[test]
fn what_was_measured_stands_in_place_of_what_is_assumed() {
    let measured = Measured::from_json(
        r#"{"format": 1, "where": "us-east-1", "when": "2026-11-20",
            "phases": {"pull": {"samples": [2, 3, 4]}, "warm": {"samples": [1]}}}"#,
    )
    .unwrap();
    let stack = on_fargate(&format!("{LARGE}strategies: {{prewarm: true}}\n"));
    let cold = ColdStart::of(&shape(&stack), &stack.budget, Some(&measured));
    assert_eq!(cold.time(Phase::Pull), Range::new(2.0, 3.0, 4.0));
    assert_eq!(cold.time(Phase::Warm), Range::exactly(1.0));
    let basis = |phase| cold.phases.iter().find(|it| it.phase == phase).unwrap().basis;
    assert_eq!(
        [Phase::Pull, Phase::Warm, Phase::Bind, Phase::Start, Phase::Place].map(basis),
        [Basis::Measured, Basis::Measured, Basis::Set, Basis::Known, Basis::Assumed]
    );
}

#[test]
fn on_this_machine_nothing_is_placed_or_pulled_and_the_first_probes_come_fast() {
    let stack = stack("idle: true\n");
    let cold = ColdStart::of(&shape(&stack), &stack.budget, None);
    let phases: Vec<Phase> = cold.phases.iter().map(|it| it.phase).collect();
    assert_eq!(phases, [Phase::Start, Phase::Bind, Phase::Register, Phase::Warm]);
    assert!(cold.first_200().worst < 0.2, "{cold:?}");
}

#[test]
fn a_request_that_is_held_for_long_enough_need_not_come_again() {
    let slow = "budget: {bind: 3s, warm_up: 30s}\nstrategies: {prewarm: true}\n";
    for (idle, retry) in
        [("idle: {wait: 60s}\n", Range::ZERO), ("idle: {wait: 20s}\n", Range::new(0.0, 5.0, 10.0))]
    {
        let stack = stack(&format!("{slow}{idle}"));
        let cold = ColdStart::of(&shape(&stack), &stack.budget, None);
        assert_eq!(cold.time(Phase::Retry), retry, "{idle}");
    }
}

#[test]
fn an_edge_sends_callers_away_for_as_long_as_it_says() {
    let stack = stack("idle: true\nstrategies: {edge-prewarm: true}\n");
    let cold = ColdStart::of(&shape(&stack), &stack.budget, None);
    assert_eq!(cold.time(Phase::Retry), Range::new(0.0, 15.0, 30.0));
}

#[test]
fn nobody_is_told_to_come_again_who_comes_when_all_is_warm() {
    let quick = stack("strategies: {async-init: true}\n");
    let cold = ColdStart::of(&shape(&quick), &quick.budget, None);
    assert_eq!((cold.first_202, cold.time(Phase::Retry)), (None, Range::ZERO));
    let slow = on_fargate(&format!("{LARGE}strategies: {{async-init: true}}\n"));
    let cold = ColdStart::of(&shape(&slow), &slow.budget, None);
    // At worst the balancer takes 65 s to find it, and warming 30 s.
    assert_eq!(cold.time(Phase::Retry), Range::new(0.0, 5.0, 0.0));
}

#[test]
fn a_function_is_placed_fetched_and_started_on_its_share_of_a_core_and_nobody_looks_for_it() {
    let of = |lines: &str| {
        let stack = on_lambda(lines);
        ColdStart::of(&shape(&stack), &stack.budget, None)
    };
    let whole = of("");
    let phases: Vec<Phase> = whole.phases.iter().map(|it| it.phase).collect();
    assert_eq!(phases, [Phase::Place, Phase::Pull, Phase::Start, Phase::Bind, Phase::Warm]);
    assert!(near(whole.time(Phase::Pull).typical, 0.15), "{whole:?}");
    assert!(near(whole.time(Phase::Start).typical, 0.012), "{whole:?}");
    assert!(whole.first_200().typical < 0.5, "{whole:?}");
    let more = of("lambda: {memory: 3538}\n");
    assert_eq!(more.time(Phase::Start), whole.time(Phase::Start), "a start is on one core");
    let least = of("lambda: {memory: 128}\n");
    // Measured: 116 ms.
    let start = least.time(Phase::Start);
    assert!(start.best < 0.116 && 0.116 < start.typical, "{least:?}");
}

#[test]
fn a_function_warms_in_its_init_or_in_its_first_query() {
    let warm = |lines: &str| {
        let stack = on_lambda(&format!("budget: {{warm_up: 3s}}\n{lines}"));
        ColdStart::of(&shape(&stack), &stack.budget, None).time(Phase::Warm)
    };
    assert_eq!(warm(""), Range::exactly(6.0));
    assert_eq!(warm("strategies: {prewarm: true}\n"), Range::exactly(3.0));
}

#[test]
fn a_function_whose_start_takes_too_long_begins_twice() {
    let bind = |seconds: u32| {
        let stack = on_lambda(&format!("budget: {{bind: {seconds}s}}\n"));
        ColdStart::of(&shape(&stack), &stack.budget, None).time(Phase::Bind)
    };
    assert_eq!(bind(9), Range::exactly(9.0));
    assert_eq!(bind(10), Range::exactly(20.0));
}

#[test]
fn who_finds_a_sandbox_that_was_set_up_ahead_meets_no_cold_start_and_the_next_one_does() {
    let ahead = |lines: &str| {
        let stack = on_lambda(&format!("budget: {{warm_up: 3s}}\n{lines}"));
        ColdStart::of(&shape(&stack), &stack.budget, None)
    };
    let warm = ahead("strategies: {prewarm: true, provisioned-concurrency: {minimum: 2}}\n");
    assert_eq!(warm.ahead, Some(Ahead { sandboxes: 2, first_200: Range::ZERO }));
    assert_eq!(warm.first_200(), Range::ZERO);
    assert!(warm.beyond().typical > 3.0, "{warm:?}");
    // Its pools are warm without prewarm, too; those of others are not.
    let alone = ahead("strategies: {provisioned-concurrency: true}\n");
    assert_eq!(alone.first_200(), Range::ZERO);
    assert!(alone.beyond().typical > 6.0, "{alone:?}");
}
