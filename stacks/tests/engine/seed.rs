//! The seed's figures are what the default file deploys to Fargate (design decision 8).

use ragctl_stacks::{config, desired::Desired, resource::Program, strategy};
use serde_json::{Value, json};

fn resources(text: &str) -> Value {
    let stack = config::load(text, "ragctl.yaml", None).unwrap_or_else(|error| panic!("{error}"));
    let program = Program::Image("rag-service:1".to_owned());
    let desired = Desired::of(&strategy::applied(&stack), &program);
    desired.iter().map(|(at, it)| (at.to_string(), serde_json::to_value(it).unwrap())).collect()
}

const DEFAULT: &str = "stack: handbook\ntarget: fargate\nservice: {image: 'rag-service:1'}\n";

#[test]
fn the_default_file_carries_the_seeds_figures() {
    let all = resources(DEFAULT);
    let task = &all["task_definition/app"];
    assert_eq!((&task["cpu"], &task["memory"]), (&json!(1024), &json!(2048)));
    assert_eq!(task["port"], json!(8000));
    let check = &task["health_check"];
    // The image has no shell and no curl: the command is the binary's own, the timings stay.
    assert_eq!(check["command"], json!(["CMD", "/rag-service", "healthcheck"]));
    let timings = ["interval", "timeout", "retries", "start_period"].map(|it| check[it].clone());
    assert_eq!(timings, [json!("30s"), json!("5s"), json!(3), json!("1m")]);

    let group = &all["target_group/app"];
    let check = &group["health_check"];
    assert_eq!(check["path"], json!("/health"));
    let timings = ["interval", "healthy_threshold", "unhealthy_threshold"];
    assert_eq!(timings.map(|it| check[it].clone()), [json!("30s"), json!(2), json!(3)]);
    assert_eq!(group["deregistration_delay"], json!("30s"));

    let bounds = &all["scalable_target/app"];
    assert_eq!((&bounds["minimum"], &bounds["maximum"]), (&json!(1), &json!(10)));
    let policy = &all["scaling_policy/cpu"];
    assert_eq!((&policy["metric"], &policy["target"]), (&json!("cpu"), &json!(70)));
    assert_eq!(policy["scale_out_cooldown"], json!("30s"));
    assert_eq!(policy["scale_in_cooldown"], json!("5m"));
    assert_eq!(all["scaling_policy/requests"], Value::Null, "the seed follows CPU alone");
}

#[test]
fn the_seeds_strategies_set_its_environment_and_schedule() {
    let on = "strategies: {prewarm: true, reduced-workers: true, keepalive: true}\n";
    let all = resources(&format!("{DEFAULT}{on}"));
    let environment = &all["task_definition/app"]["environment"];
    assert_eq!(environment["MAX_ASYNC"], json!("4"));
    assert_eq!(environment["WARMUP_ON_STARTUP"], json!("true"));
    let schedule = &all["schedule/keepalive"];
    assert_eq!(schedule["expression"], json!("rate(10 minutes)"));
    assert_eq!(schedule["path"], json!("/health"));
}

#[test]
fn requests_a_minute_are_sized_from_the_workers() {
    let all = resources(&format!("{DEFAULT}autoscaling: {{requests_in_flight: auto}}\n"));
    // 70 % of 8 workers are 5 in flight, each for 4 s: 75 in a minute.
    assert_eq!(all["scaling_policy/requests"]["target"], json!(75));
}
