use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const BROKEN: &str = "\
stack: handbook
target: lcal
service:
  cpus: 4
strategies:
  reduced-workers: {workers: 0}
environments:
  staging:
    autoscaling: {minimum: 0}
";

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    let ran = Sandbox::with(BROKEN).run(&["check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (64, ""));
    for line in ["ragctl.yaml:2:9", "ragctl.yaml:4:3", "ragctl.yaml:6:30", "ragctl.yaml:9:28"] {
        assert!(ran.stderr.contains(line), "{line}\n{}", ran.stderr);
    }
    assert!(ran.stderr.contains("write `target: local`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("in the environment `staging`"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("\n4 mistakes\n"), "{}", ran.stderr);
}

#[test]
fn mistakes_are_there_for_programs_too() {
    let ran = Sandbox::with(BROKEN).run(&["check", "--json"]);
    assert_eq!(ran.code, 64);
    let found = ran.document();
    let places: Vec<_> = found["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["line"].as_u64().unwrap(), it["column"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(2, 9), (4, 3), (6, 30), (9, 28)]);
}

#[test]
fn one_environment_can_be_checked_alone() {
    let file = "stack: handbook\nenvironments:\n  good: {}\n  bad: {target: lcal}\n";
    let sandbox = Sandbox::with(file);
    assert_eq!(sandbox.run(&["check", "--env", "good"]).code, 0);
    assert_eq!(sandbox.run(&["check", "--env", "bad"]).code, 64);
    assert_eq!(sandbox.run(&["check"]).code, 64);
}

#[test]
fn an_environment_that_is_not_there_is_a_mistake() {
    let file = "stack: handbook\nenvironments:\n  production: {}\n";
    let ran = Sandbox::with(file).run(&["plan", "--env", "prodction"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("`production`"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_no_yaml_is_told_as_such() {
    let ran = Sandbox::with("stack: [handbook\n").run(&["plan"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("ragctl.yaml:"), "{}", ran.stderr);
}

#[test]
fn no_mistakes_is_a_result() {
    assert_snapshot!(Sandbox::handbook().run(&["check"]).told(), @r"
    exit code: 0
    stdout:
    ragctl.yaml: no mistakes
    ");
}
