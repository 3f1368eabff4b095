use std::{collections::BTreeSet, fs, thread};

use crate::{caller::Caller, machine::Machine};

/// Falls asleep once nobody asks any more, and its last task may take a moment to end.
fn wait_for_sleep(machine: &Machine) {
    let is_empty = |status: &serde_json::Value| status["tasks"].as_array().unwrap().is_empty();
    machine.wait_until(|status| status["state"] == "asleep" && is_empty(status));
}

#[test]
fn an_idle_stack_falls_asleep_and_the_next_question_wakes_it() {
    let machine = Machine::new("idle: {after: 60s}\n");
    machine.must(&["deploy", "--ingest", "docs", "--time-scale", "60"]);
    wait_for_sleep(&machine);
    assert!(machine.must(&["status"]).stdout.contains("asleep; the next request wakes it"));
    assert_eq!(machine.status()["state"], "asleep", "looking does not wake it");
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
    assert_eq!(machine.status()["requests"]["wakes"], 1);
    // What was said of time stays until it is said anew.
    machine.must(&["deploy"]);
    assert_eq!(machine.status()["time_scale"], 60.0);
}

#[test]
fn it_is_sent_to_sleep_and_woken_by_hand_and_a_deployment_lets_it_sleep() {
    let machine = Machine::new("idle: {after: 1h}\n");
    machine.must(&["deploy"]);
    let ran = machine.must(&["sleep"]);
    assert_eq!(ran.stdout, "handbook sleeps; the next request wakes it\n");
    assert_eq!(
        machine.must(&["sleep"]).stdout,
        "handbook sleeps, as it was; the next request wakes it\n"
    );
    machine.wait_until(|status| status["tasks"].as_array().unwrap().is_empty());
    let ran = machine.must(&["deploy"]);
    assert!(ran.stdout.starts_with("handbook sleeps at http://"), "{ran:?}");
    machine.write_stack("idle: {after: 1h}\nservice: {max_async: 4}\n");
    let ran = machine.must(&["deploy"]);
    assert!(ran.stdout.contains("sleeps on"), "{ran:?}");
    assert_eq!(machine.status()["state"], "asleep", "a new revision does not wake it");
    let ran = machine.must(&["wake"]);
    assert!(ran.stdout.starts_with("handbook is awake at http://"), "{ran:?}");
    assert_eq!(machine.status()["state"], "running");
    let ran = machine.must(&["wake", "--json"]);
    assert!(ran.stdout.contains("\"changed\": false"), "{ran:?}");
}

#[test]
fn a_deployment_that_is_asked_to_wakes_it() {
    let machine = Machine::new("idle: {after: 1h}\n");
    machine.must(&["deploy"]);
    machine.must(&["sleep"]);
    machine.write_stack("idle: {after: 1h}\nservice: {max_async: 4}\n");
    let ran = machine.must(&["deploy", "--wake"]);
    assert!(ran.stderr.contains("it slept, and is woken"), "{ran:?}");
    assert_eq!(machine.status()["state"], "running");
}

#[test]
fn a_stack_without_idle_never_sleeps() {
    let machine = Machine::new("");
    machine.must(&["deploy"]);
    for command in ["wake", "sleep"] {
        let ran = machine.run(&[command]);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("the stack never sleeps"), "{ran:?}");
        assert!(ran.stderr.contains("write `idle: true`"), "{ran:?}");
    }
}

#[test]
fn two_hundred_callers_at_once_wake_one_task_and_each_is_answered() {
    // What a caller may get before it is answered: by itself it is held, and learns nothing.
    for (strategies, meanwhile) in
        [("", 200), ("async-init: true", 202), ("edge-prewarm: true", 503)]
    {
        let file = format!(
            "idle: {{after: 5m}}\nautoscaling: {{maximum: 3}}\nstrategies: {{{strategies}}}\n"
        );
        let machine = Machine::new(&file);
        machine.must(&["deploy", "--ingest", "docs", "--time-scale", "60"]);
        wait_for_sleep(&machine);
        let before = starts(&machine);
        let caller = Caller { port: machine.port, scale: 60 };
        let question = r#"{"query": "How long is the line of a kite?"}"#;
        let ask = move |number: usize| match number % 2 {
            0 => caller.ask("POST", "/query", question),
            _ => caller.ask("GET", "/documents", ""),
        };
        let callers: Vec<_> = (0..200).map(|number| thread::spawn(move || ask(number))).collect();
        let mut seen = BTreeSet::new();
        for caller in callers {
            let statuses = caller.join().unwrap();
            assert_eq!(
                statuses.last(),
                Some(&200),
                "{strategies}: a caller was lost: {statuses:?}"
            );
            seen.extend(statuses);
        }
        assert_eq!(seen, BTreeSet::from([meanwhile, 200]), "{strategies}");
        assert_eq!(machine.status()["requests"]["wakes"], 1, "{strategies}");
        // Scaling may ask for more while two hundred are there; nothing else may.
        let (started, scaled) = (starts(&machine) - before, scaled_to(&machine));
        assert!((1..=scaled).contains(&started), "{strategies}: {started} started for {scaled}");
    }
}

fn supervised(machine: &Machine) -> String {
    fs::read_to_string(machine.path(".ragctl/handbook/supervisor.log")).unwrap()
}

/// How many tasks were started so far.
fn starts(machine: &Machine) -> usize {
    supervised(machine).matches("a task starts").count()
}

/// The most tasks that were asked for: by the wake one, by scaling more.
fn scaled_to(machine: &Machine) -> usize {
    let log = supervised(machine);
    let scalings = log.lines().filter(|line| line.contains("scaling"));
    let counts =
        scalings.filter_map(|line| line.split("to=").nth(1)?.split(' ').next()?.parse().ok());
    counts.max().unwrap_or(1)
}
