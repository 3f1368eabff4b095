use insta::assert_snapshot;
use serde_json::json;

use crate::sandbox::Sandbox;

#[test]
fn a_first_deployment_on_this_machine_asks_nothing() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&["deploy"]);
    assert_eq!(ran.code, 0);
    assert_snapshot!(crate::sandbox::without_times(&ran.stdout), @"handbook is up after [time]");
    assert!(
        ran.stderr.contains("7 to create, 0 to update, 0 to replace, 0 to delete"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("created service/app in 0."), "{}", ran.stderr);
}

#[test]
fn a_second_deployment_finds_nothing_to_do() {
    let sandbox = Sandbox::handbook().deployed();
    assert_snapshot!(sandbox.run(&["deploy"]).told(), @r"
    exit code: 0
    stdout:
    handbook is up, as it was
    stderr:
    handbook (local)
    nothing to do: all is as the file says
    ");
}

#[test]
fn what_takes_something_away_needs_consent() {
    let sandbox = Sandbox::with("stack: handbook\nstrategies: {keepalive: true}\n").deployed();
    sandbox.write("ragctl.yaml", "stack: handbook\n");
    let ran = sandbox.run(&["deploy"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 64
    stderr:
    handbook (local)
      - schedule/keepalive
    0 to create, 0 to update, 0 to replace, 1 to delete
    first answer  [time] (0.01 s to [time]) after a cold start
    rollout       [time] (0.01 s to 0.15 s)
    error: this plan needs your consent, and there is no terminal to ask on
    hint: `ragctl deploy --yes` agrees beforehand
    ");
    assert_eq!(sandbox.run(&["deploy", "--yes"]).code, 0);
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn a_failed_step_is_told_with_what_it_kept_from_happening_and_how_to_go_on() {
    let sandbox = Sandbox::handbook();
    sandbox.remember(|it| it["state"]["refuses"] = json!(["load_balancer/app"]));
    let ran = sandbox.run(&["deploy"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    let errors = ran.stderr.split_once("error: ").unwrap().1;
    assert_snapshot!(errors, @r"
    could not create `load_balancer/app`
    caused by: create load_balancer/app was refused: as the test asked
    hint: 3 of 7 steps are done; `ragctl deploy` again does the rest
    ");
    assert!(
        ran.stderr.contains("did not create service/app, which needs load_balancer/app"),
        "{}",
        ran.stderr
    );
    sandbox.remember(|it| it["state"]["refuses"] = json!([]));
    assert_eq!(sandbox.run(&["deploy"]).code, 0);
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn events_are_there_for_programs() {
    let ran = Sandbox::handbook().run(&["deploy", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let events = ran.events();
    let names: Vec<&str> = events.iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert_eq!((names[0], *names.last().unwrap()), ("planned", "deployed"));
    let count = |name: &str| names.iter().filter(|it| **it == name).count();
    assert_eq!((count("step_started"), count("step_finished")), (7, 7));
    assert_eq!(events.last().unwrap()["summary"]["create"], 7);
}

#[test]
fn environments_are_stacks_of_their_own() {
    let sandbox =
        Sandbox::with("stack: handbook\nenvironments: {staging: {autoscaling: {maximum: 2}}}\n");
    assert_eq!(sandbox.run(&["deploy"]).code, 0);
    let ran = sandbox.run(&["plan", "--env", "staging"]);
    assert!(ran.stdout.starts_with("handbook-staging in staging (local)\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 to 2 tasks"), "{}", ran.stdout);
    assert_eq!(sandbox.run(&["deploy", "-e", "staging"]).code, 0);
    assert!(sandbox.has(".ragctl/handbook") && sandbox.has(".ragctl/handbook-staging"));
}

#[test]
fn documents_that_are_not_there_are_told_before_anything_is_deployed() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&["deploy", "--ingest", "missing"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 64
    stderr:
    error: missing is not there
    ");
    assert!(!sandbox.has(".ragctl"));
}
