//! Cold starts of tasks that really run.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{
    calls::{How, call},
    home::{FILE, Home},
};

/// Stops all tasks, in ECS's stead: fakecloud replaces none for a deployment that changes nothing.
fn stop_tasks(home: &Home) {
    let ecs = |action: &str, input: Value| -> Value {
        let target = format!("AmazonEC2ContainerServiceV20141113.{action}");
        let answer = call("ecs", &How::Json(&target, &input.to_string())).send(home.account.port);
        serde_json::from_str(&answer.body).unwrap()
    };
    let tasks = ecs("ListTasks", json!({"cluster": "handbook"}));
    for task in tasks["taskArns"].as_array().unwrap() {
        ecs("StopTask", json!({"cluster": "handbook", "task": task}));
    }
}

#[test]
fn a_new_task_is_measured_from_ecss_own_times_and_by_questions_through_the_balancer() {
    let home = Home::new(&format!("{FILE}strategies: {{prewarm: true}}\n"));
    home.must(&["deploy", "--yes"]);
    home.is_settled();
    // The balancer's name leads nowhere here, but to its port.
    let balancer = format!("http://127.0.0.1:{}", home.account.balancer("handbook"));
    let mut command =
        home.command(&["bench", "cold-start", "--yes", "-n", "1", "--warm", "2", "--json"]);
    command.env("http_proxy", balancer).env("no_proxy", "127.0.0.1");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let begins = told.any(|line| line.unwrap().ends_with("; starting"));
    assert!(begins, "it ended before it began");
    stop_tasks(&home);
    let rest: Vec<String> = told.map(Result::unwrap).collect();
    let mut result = String::new();
    child.stdout.take().unwrap().read_to_string(&mut result).unwrap();
    assert!(child.wait().unwrap().success(), "{rest:#?}");

    let forced: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(forced["where"], "handbook on Fargate, us-east-1, x86_64");
    let run = &forced["runs"][0];
    let phases = run["phases"].as_object().unwrap();
    assert_eq!(
        phases.keys().collect::<Vec<_>>(),
        ["bind", "place", "pull", "register", "start", "warm"]
    );
    let sum: f64 = phases.values().map(|it| it.as_f64().unwrap()).sum();
    let ready = run["ready_s"].as_f64().unwrap();
    // fakecloud tells whole seconds.
    assert!((sum - ready).abs() < 1.5, "the phases add up to {sum}, and it took {ready}: {run}");
    home.must(&["destroy", "--yes"]);
    assert_eq!(home.account.holds("handbook"), Vec::<&str>::new());
}
