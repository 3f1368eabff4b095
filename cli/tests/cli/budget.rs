use insta::assert_snapshot;

use crate::sandbox::{Sandbox, fargate};

/// The worked example of docs/budget-and-cost.md.
const LARGE: &str =
    "budget: {image_size: 600, bind: 3s, warm_up: 30s}\nstrategies: {prewarm: true}\n";

fn large() -> Sandbox {
    Sandbox::with(&format!("{}{LARGE}", fargate("good")))
}

#[test]
fn a_cold_start_is_told_by_phase_with_how_each_is_known() {
    let ran = large().run(&["budget"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @r"
    handbook (fargate): from nothing to the first answer
      phase      best   typical  worst  known from
      place      12 s   17 s     34 s   assumed: scheduler, network interface
      pull       8.6 s  20 s     40 s   known: 600 MB at 70, 30, 15 MB/s
      start      1 s    3.5 s    7 s    known: the container
      bind       3 s    3 s      3 s    set: budget.bind
      warm       30 s   30 s     30 s   set: budget.warm_up
      register   0 s    15 s     65 s   assumed: checks every 30 s
      first 200  54 s   89 s     179 s

      typical  ░░░░░░░░░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓╱╱││█████████████████████▒▒▒▒▒▒▒▒▒▒  89 s
               ░ place  ▓ pull  ╱ start  │ bind  █ warm  ▒ register

    rollout: 119 s (84 s to 239 s) for 1 task at once: 89 s until a new one is
    healthy, 30 s until an old one is gone

    on   prewarm                  switched off: first answer +30 s
    off  reduced-workers          switched on: no difference
    off  async-init               switched on: no difference
    off  keepalive                switched on: cost +0.01 $/month
    off  edge-prewarm             switched on: first answer +15 s
    off  provisioned-concurrency  cannot be switched on by one line
    ");
}

#[test]
fn on_this_machine_a_cold_start_is_short_and_costs_nothing() {
    assert_snapshot!(Sandbox::handbook().run(&["budget"]).stdout, @r"
    handbook (local): from nothing to the first answer
      phase      best    typical  worst   known from
      start      0.01 s  0.02 s   0.05 s  known: a process on this machine
      bind       0 s     0 s      0 s     set: budget.bind
      register   0 s     0.05 s   0.10 s  set: checks every 0.1 s
      warm       0 s     0 s      0 s     set: budget.warm_up, one pool after the other
      first 200  0.01 s  0.07 s   0.15 s

      typical  ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  0.07 s
               ╱ start  ▒ register

    rollout: 0.07 s (0.01 s to 0.15 s) for 1 task at once: 0.07 s until a new one is
    healthy, 0 s until an old one is gone

    off  prewarm                  switched on: no difference
    off  reduced-workers          switched on: no difference
    off  async-init               switched on: no difference
    off  keepalive                switched on: no difference
    off  edge-prewarm             switched on: first answer +15 s
    off  provisioned-concurrency  cannot be switched on by one line
    ");
}

#[test]
fn what_was_measured_is_found_beside_the_stacks_record_or_where_it_is_named() {
    let measured = |seconds: f64| {
        format!(
            r#"{{"format": 1, "where": "us-east-1", "when": "2026-11-20",
                "phases": {{"pull": {{"samples": [{seconds}]}}}}}}"#
        )
    };
    let sandbox = large();
    sandbox.write(".ragctl/handbook/measured.json", &measured(4.5));
    sandbox.write("other.json", &measured(7.5));
    let pull = |args: &[&str]| {
        let told = sandbox.run(args);
        assert_eq!(told.code, 0, "{}", told.stderr);
        told.stdout.lines().find(|it| it.contains("pull")).unwrap().to_owned()
    };
    let found = pull(&["budget"]);
    assert!(
        found.contains("4.5 s") && found.contains("measured: us-east-1, 2026-11-20"),
        "{found}"
    );
    assert!(pull(&["budget", "--measured", "other.json"]).contains("7.5 s"));
}

#[test]
fn a_record_that_cannot_be_used_is_refused_and_a_plan_does_without() {
    let sandbox = large();
    sandbox.write(".ragctl/handbook/measured.json", "{\"format\": 7}");
    let ran = sandbox.run(&["budget"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("the record has format 7"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: docs/budget-and-cost.md"), "{}", ran.stderr);
    let plan = sandbox.run(&["plan"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert!(plan.stderr.starts_with("warning: the measured times in "), "{}", plan.stderr);
    assert!(plan.stdout.contains("\nfirst answer  "), "{}", plan.stdout);
}

#[test]
fn json_has_seconds_as_numbers() {
    let told = large().run(&["budget", "--json"]).document();
    assert_eq!(told["first_200_s"]["typical"], 88.5);
    assert_eq!(told["phases"][1]["phase"], "pull");
    assert_eq!(told["phases"][1]["basis"], "known");
    assert_eq!(told["rollout"]["seconds"]["typical"], 118.5);
    assert_eq!(told["rollout"]["drain_s"]["worst"], 60.0);
    assert!(told["first_202_s"].is_null());
    let keepalive = &told["strategies"][3];
    assert_eq!((&keepalive["name"], &keepalive["on"]), (&"keepalive".into(), &false.into()));
    assert_eq!(keepalive["effect"]["first_200_more_s"], 0.0);
}

#[test]
fn a_function_says_who_meets_a_cold_start() {
    let lambda = "stack: handbook\ntarget: lambda\nbudget: {warm_up: 2s}\n\
                  strategies: {prewarm: true, provisioned-concurrency: {minimum: 2}}\n";
    let sandbox = Sandbox::with(lambda);
    assert_snapshot!(sandbox.run(&["budget"]).stdout, @r"
    handbook (lambda): from nothing to the first answer
      phase      best    typical  worst   known from
      place      0.05 s  0.15 s   0.60 s  assumed: a sandbox
      pull       0.07 s  0.15 s   0.50 s  assumed: 15 MB of code at 200, 100, 30 MB/s
      start      0.01 s  0.01 s   0.04 s  known: the program on 100 % of a core
      bind       0 s     0 s      0 s     set: budget.bind
      warm       2 s     2 s      2 s     set: budget.warm_up
      beyond     2.1 s   2.3 s    3.1 s   more than 2 requests at once
      first 200  0 s     0 s      0 s     set up ahead: 2

      typical  ░░░░▓▓▓▓╱███████████████████████████████████████████████████  2.3 s
               ░ place  ▓ pull  ╱ start  █ warm

    rollout: 100 s (65 s to 153 s): 8 s until a new version is published, 92 s until
    its sandboxes are set up ahead, 0 s until it has answered

    on   prewarm                  switched off: no difference
    off  reduced-workers          switched on: no difference
    off  async-init               cannot be switched on by one line
    off  keepalive                switched on: no difference
    off  edge-prewarm             cannot be switched on by one line
    on   provisioned-concurrency  switched off: first answer +2.3 s, cost -37.76 $/month, awake -728 h/month
    ");
    let told = sandbox.run(&["budget", "--json"]).document();
    assert_eq!(told["ahead"]["sandboxes"], 2);
    assert_eq!(told["first_200_s"]["worst"], 0.0);
    assert_eq!(told["beyond_s"]["typical"], 2.312);
    assert!(told["rollout"]["provision_s"]["best"].as_f64().unwrap() > 60.0, "{told}");
}
