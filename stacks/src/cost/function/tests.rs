use crate::{
    budget::{
        ColdStart,
        tests::{on_lambda, shape},
    },
    cost::{Estimate, Prices, STAND_IN},
};

fn estimate_in(region: &str, prices: &Prices, lines: &str) -> Estimate {
    let stack = on_lambda(lines);
    let shape = shape(&stack);
    let cold = ColdStart::of(&shape, &stack.budget, None);
    Estimate::of(&shape, &stack.budget, &cold, prices, Some(region)).unwrap()
}

fn estimate(lines: &str) -> Estimate {
    estimate_in(STAND_IN, &Prices::built_in(), lines)
}

fn cents(usd: f64) -> String {
    format!("{usd:.2}")
}

fn item(estimate: &Estimate, name: &str) -> Option<String> {
    estimate.items.iter().find(|it| it.name == name).map(|it| cents(it.usd))
}

/// A gigabyte, and a million requests an hour of a second each.
const BUSY: &str = "lambda: {memory: 1024}\nautoscaling: {answer_time: 1s}\n\
                    budget: {requests_per_hour: 1000000, active_hours: 24}\n";

#[test]
fn requests_cost_for_being_called_and_for_the_time_that_they_take() {
    // 730e6 requests, each a GB-second: 0.20 and 16.67 dollars a million.
    assert_eq!(item(&estimate(BUSY), "function").as_deref(), Some("12312.69"));
    let arm = estimate(&format!("service: {{architecture: arm64}}\n{BUSY}"));
    assert_eq!(item(&arm, "function").as_deref(), Some("9879.38"));
    let half = estimate(&BUSY.replace("1024", "512"));
    assert_eq!(item(&half, "function").as_deref(), Some("6229.35"));
}

#[test]
fn a_function_that_nobody_asks_costs_nothing() {
    let idle = estimate("budget: {requests_per_hour: 0}\n");
    assert_eq!((cents(idle.total), idle.asleep), ("0.00".to_owned(), Some(0.0)));
    assert!(idle.awake_hours.abs() < 1e-9);
}

#[test]
fn sandboxes_ahead_cost_for_each_second_and_what_runs_in_them_is_cheaper() {
    let ahead = estimate("strategies: {provisioned-concurrency: true}\n");
    // One of 1769 MB.
    assert_eq!(item(&ahead, "set up ahead").as_deref(), Some("18.92"));
    assert_eq!(ahead.asleep.map(cents).as_deref(), Some("18.92"));
    assert!((ahead.awake_hours - 730.0).abs() < 1e-9);
    let two = estimate(
        "service: {architecture: arm64}\nlambda: {memory: 2048}\n\
         strategies: {provisioned-concurrency: {minimum: 2, maximum: 9}}\n",
    );
    assert_eq!(item(&two, "set up ahead").as_deref(), Some("35.04"));
    // 277.8 requests at once: of them 139 find a sandbox, and cost 9.72 in place of 16.67 dollars a million.
    let half = estimate(&format!(
        "{BUSY}strategies: {{provisioned-concurrency: {{minimum: 139, maximum: 139}}}}\n"
    ));
    let share = 139.0 / (1_000_000.0 / 3600.0);
    let wanted = 730.0 * (0.2 + share * 9.7222 + (1.0 - share) * 16.6667);
    assert_eq!(item(&half, "function"), Some(cents(wanted)));
}

#[test]
fn ten_sandboxes_of_512_mb_cost_1_93_dollars_a_day_at_the_lessons_price_and_2_33_in_tokyo() {
    let lines = "lambda: {memory: 512}\n\
                 strategies: {provisioned-concurrency: {minimum: 10, maximum: 10}}\n";
    let a_day = |prices: &Prices| {
        let month = estimate_in("ap-northeast-1", prices, lines);
        let ahead = month.items.iter().find(|it| it.name == "set up ahead").unwrap();
        cents(ahead.usd / 730.0 * 24.0)
    };
    let lesson = r#"{"format": 1, "prices": [{"item": "lambda_provisioned_gb_second",
        "region": "ap-northeast-1", "usd": 0.000004463, "date": "2026-09-11", "source": "a lesson"}]}"#;
    assert_eq!(a_day(&Prices::from_json(lesson).unwrap().over_built_in()), "1.93");
    assert_eq!(a_day(&Prices::built_in()), "2.33");
}

#[test]
fn each_thing_beside_a_function_is_an_item() {
    let all = estimate(&format!(
        "{}service: {{secrets: {{A: 'secretsmanager:a', B: 'ssm:/b'}}}}\n\
         strategies: {{keepalive: true}}\n",
        BUSY.replace("memory: 1024", "memory: 1024, front: load-balancer, tracing: true")
    ));
    let of = |name| item(&all, name);
    assert_eq!(of("load balancer").as_deref(), Some("16.43"));
    assert_eq!(of("balancer's addresses").as_deref(), Some("7.30"));
    assert_eq!(of("capacity units").as_deref(), Some("64.89"));
    assert_eq!(of("secrets").as_deref(), Some("0.40"));
    assert_eq!(of("keep-alive").as_deref(), Some("0.00"));
    // A trace a second, and one of twenty of the 276.8 others: 14.8 a second.
    let wanted = 730.0 * 3600.0 * (1.0 + (1e6 / 3600.0 - 1.0) / 20.0) * 0.000005;
    let traces = all.items.iter().find(|it| it.name == "traces").unwrap().usd;
    assert!((traces - wanted).abs() < 0.1, "{traces} {wanted}");
    let plain = estimate(BUSY);
    let names: Vec<&str> = plain.items.iter().map(|it| it.name).collect();
    assert_eq!(names, ["function", "logs"]);
}

#[test]
fn a_function_works_for_as_long_as_its_answers_take() {
    let worked = estimate("budget: {requests_per_hour: 900, active_hours: 24}\n");
    // 900 answers of 4 s are an hour's work each hour.
    assert!((worked.awake_hours - 730.0).abs() < 1e-6, "{worked:?}");
    assert!(worked.assumptions.iter().any(|it| it.contains("`autoscaling.answer_time`")));
}
