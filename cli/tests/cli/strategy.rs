use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const COMMENTED: &str = "\
# ours
stack: handbook      # the name

strategies:
  # so that nobody waits
  prewarm: false     # off for now
  reduced-workers:
    workers: 2
    enabled: false
";

#[test]
fn the_list_says_what_is_on_and_what_works_against_it() {
    let sandbox = Sandbox::with("stack: handbook\nstrategies: {keepalive: true}\n");
    assert_snapshot!(sandbox.run(&["strategy", "list"]).told(), @r"
    exit code: 0
    stdout:
    off  prewarm                  warm both pools at start, and take requests when they are warm
                                  switched on: no difference
    off  reduced-workers          fewer workers in each pool
                                  switched on: no difference
    off  async-init               listen at once, and answer queries with 202 until warm
                                  switched on: no difference
    on   keepalive                ask the service on a schedule, so that it does not go cold
                                  switched off: no difference
                                  one task and more always run, because `idle` is
                                  off, so that there is nothing to keep alive:
                                  switch keepalive off, or `idle` on (KA02)
    off  edge-prewarm             warm a cold back end, and tell its callers when to come again
                                  switched on: first answer +15 s
    off  provisioned-concurrency  keep sandboxes of a function set up ahead, on Lambda
    ");
    let listed = sandbox.run(&["strategy", "list", "--json"]).document();
    let on: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["on"] == true)
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(on, ["keepalive"]);
}

#[test]
fn an_explanation_fits_the_page() {
    let sandbox = Sandbox::empty();
    for name in [
        "prewarm",
        "reduced-workers",
        "async-init",
        "keepalive",
        "edge-prewarm",
        "provisioned-concurrency",
    ] {
        let ran = sandbox.run(&["strategy", "explain", name]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.starts_with(name) && ran.stdout.lines().count() > 8, "{}", ran.stdout);
        let widest = ran.stdout.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{name}: {widest}");
    }
}

#[test]
fn an_unknown_strategy_is_told_with_the_nearest_one() {
    let ran = Sandbox::handbook().run(&["strategy", "enable", "keep-alive"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 64
    stderr:
    error: there is no strategy `keep-alive`
    hint: did you mean `keepalive`? `ragctl strategy list` lists all
    ");
}

#[test]
fn switching_on_edits_one_line_shows_it_and_deploys() {
    let sandbox = Sandbox::with(COMMENTED).deployed();
    let ran = sandbox.run(&["strategy", "enable", "prewarm"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(sandbox.read("ragctl.yaml"), COMMENTED.replace("prewarm: false ", "prewarm: true "));
    let diff =
        "    6 -   prewarm: false     # off for now\n    6 +   prewarm: true     # off for now\n";
    assert!(ran.stderr.contains(diff), "{}", ran.stderr);
    assert!(ran.stderr.contains("environment.WARMUP_ON_STARTUP: false → true"), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("prewarm is on in ragctl.yaml\nhandbook is up"),
        "{}",
        ran.stdout
    );
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn switching_on_and_off_again_gives_the_file_back() {
    let sandbox = Sandbox::with(COMMENTED);
    for name in ["prewarm", "reduced-workers"] {
        for verb in ["enable", "disable"] {
            assert_eq!(sandbox.run(&["strategy", verb, name, "--no-deploy"]).code, 0);
        }
        assert_eq!(sandbox.read("ragctl.yaml"), COMMENTED, "{name}");
    }
    assert!(!sandbox.has(".ragctl"), "nothing was deployed");
}

#[test]
fn settings_are_written_too() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&[
        "strategy",
        "enable",
        "keepalive",
        "--no-deploy",
        "--set",
        "schedule=rate(5 minutes)",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(sandbox.read("ragctl.yaml").contains("rate(5 minutes)"));
    let plan = sandbox.run(&["plan"]);
    assert!(plan.stdout.contains("GET /health at rate(5 minutes)"), "{}", plan.stdout);
}

#[test]
fn a_setting_that_is_wrong_leaves_the_file_as_it_was() {
    let sandbox = Sandbox::handbook();
    for (setting, told) in [
        ("workers=0", "ragctl.yaml:"),
        ("wrokers=2", "`workers`"),
        ("workers", "`workers` is not a setting such as `workers=4`"),
    ] {
        let ran = sandbox.run(&["strategy", "enable", "reduced-workers", "--set", setting]);
        assert_eq!(ran.code, 64, "{setting}");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert_eq!(sandbox.read("ragctl.yaml"), "stack: handbook\n");
    }
}

#[test]
fn a_refused_deployment_keeps_the_edit_and_says_so() {
    let sandbox = Sandbox::with("stack: handbook\nstrategies:\n  keepalive: true\n").deployed();
    let ran = sandbox.run(&["strategy", "disable", "keepalive"]);
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.contains("the file keeps the edit; `ragctl deploy` carries it out"),
        "{}",
        ran.stderr
    );
    assert!(sandbox.read("ragctl.yaml").contains("keepalive: false"));
    assert_eq!(sandbox.run(&["strategy", "disable", "keepalive", "--yes"]).code, 0);
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn an_environment_has_switches_of_its_own() {
    let sandbox = Sandbox::with("stack: handbook\nenvironments:\n  staging: {}\n");
    let ran = sandbox.run(&["strategy", "enable", "prewarm", "--env", "staging", "--no-deploy"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let listed = |args: &[&str]| sandbox.run(args).document()[0]["on"].as_bool().unwrap();
    assert!(listed(&["strategy", "list", "--json", "-e", "staging"]));
    assert!(!listed(&["strategy", "list", "--json"]));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_rights_stay_as_they_are() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::empty();
    sandbox.write("real.yaml", "stack: handbook\n");
    let real = sandbox.path("real.yaml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, sandbox.path("ragctl.yaml")).unwrap();
    assert_eq!(sandbox.run(&["strategy", "enable", "prewarm", "--no-deploy"]).code, 0);
    assert!(sandbox.path("ragctl.yaml").is_symlink());
    assert!(sandbox.read("real.yaml").contains("prewarm: true"));
    assert_eq!(std::fs::metadata(real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_works_against_a_strategy_is_said_once() {
    let file = "stack: handbook\nautoscaling: {requests_in_flight: 8}\n";
    let sandbox = Sandbox::with(file);
    let ran = sandbox.run(&["strategy", "enable", "reduced-workers"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("a queue before a task is added").count(), 1, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("AS11").count(), 1, "{}", ran.stderr);
    // The plan of another command says it in a line.
    let plan = sandbox.run(&["plan"]);
    assert_eq!(plan.stderr.matches("AS11").count(), 2, "a line, and the hint: {}", plan.stderr);
}

#[test]
fn an_edit_that_a_rule_forbids_is_not_deployed() {
    let file = "stack: handbook\nstrategies: {prewarm: true}\n\
                load_balancer: {health_check: {path: /readyz}}\n";
    let sandbox = Sandbox::with(file);
    let ran = sandbox.run(&["strategy", "disable", "prewarm"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("error[HC16]: nothing makes the service ready"), "{}", ran.stderr);
    assert!(!sandbox.has(".ragctl"), "nothing was deployed");
}
