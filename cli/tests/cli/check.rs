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

/// A file on Fargate with a comment on most lines.
const HURTS: &str = "\
# ours
stack: handbook
target: fargate            # on AWS
service: {image: 'rag-service:1.4', architecture: x86_64}

load_balancer:
  scheme: internal
  health_check:
    interval: 30s          # as ever
allow: {ST01: documents are ingested by the pipeline}
";

#[test]
fn what_hurts_is_told_with_figures_place_and_remedy() {
    assert_snapshot!(Sandbox::with(HURTS).run(&["check"]).told(), @r"
    exit code: 0
    stdout:
    warning[AS07]: more tasks are added before the last ones serve
      ragctl.yaml:3:9 `autoscaling.scale_out_cooldown`
        Tasks may be added every 30s (the default), and one takes about 36s to serve
        (21s until it starts, the rest to be found).
        help: write `scale_out_cooldown: 40s` beneath `autoscaling:`

    warning[LB01]: long answers are cut off
      ragctl.yaml:6:1 `load_balancer.idle_timeout`
        The load balancer closes a silent connection after 60s (the default), and a
        request may take 3m (the default): callers get 504, and the service works
        on.
        help: write `idle_timeout: 200s` beneath `load_balancer:`

    warning[LB03]: requests in flight are cut off when a task stops
      ragctl.yaml:6:1 `load_balancer.deregistration_delay`
        A task that is stopped keeps its requests for 30s (the default), and one may
        take 3m (the default): what takes longer is cut off in each deployment.
        help: write `deregistration_delay: 180s` beneath `load_balancer:`

    warning[HC07]: a new task is found late
      ragctl.yaml:9:15 `load_balancer.health_check.interval`
        The load balancer asks a task every 30s, so that a new one waits 15s on
        average before it gets a request, in each deployment, and whenever a task is
        added.
        help: write `interval: 5s`, `timeout: 4s` and `unhealthy_threshold: 6`
        beneath `load_balancer.health_check:`

    allowed: ST01 (ragctl.yaml:10:9): documents are ingested by the pipeline
    ragctl.yaml: no mistakes, 4 warnings
    hint: `ragctl check --fix` mends 4, `ragctl explain AS07` says more
    ");
}

#[test]
fn findings_are_there_for_programs_too() {
    let ran = Sandbox::with(HURTS).run(&["check", "--json"]);
    assert_eq!(ran.code, 0);
    let found = ran.document();
    let finding = found["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "HC07");
    let finding = finding.unwrap();
    assert_eq!((&finding["line"], &finding["column"]), (&9.into(), &15.into()));
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["environments"], serde_json::json!([null]));
    assert_eq!(finding["fix"][0]["path"], "load_balancer.health_check.interval");
    assert_eq!(found["allowed"][0]["reason"], "documents are ingested by the pipeline");
}

#[test]
fn warnings_count_when_they_are_to() {
    let sandbox = Sandbox::with(HURTS);
    assert_eq!(sandbox.run(&["check"]).code, 0);
    assert_eq!(sandbox.run(&["check", "--strict"]).code, 64);
    assert_eq!(Sandbox::handbook().run(&["check", "--strict"]).code, 0);
}

#[test]
fn better_values_are_written_with_their_reasons_and_comments_stay() {
    let sandbox = Sandbox::with(HURTS);
    let ran = sandbox.run(&["check", "--fix"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("    9 -     interval: 30s          # as ever\n"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("mended HC07, LB01, LB03"), "{}", ran.stdout);
    let mended = sandbox.read("ragctl.yaml");
    assert_snapshot!(mended, @r"
    # ours
    stack: handbook
    target: fargate            # on AWS
    service: {image: 'rag-service:1.4', architecture: x86_64}

    load_balancer:
      scheme: internal
      health_check:
        # HC07: a new task is found within 5s, not 30s
        interval: 5s          # as ever
        timeout: 4s  # HC07: less than the interval
        unhealthy_threshold: 6  # HC07: 30s of patience
      idle_timeout: 200s  # LB01: longer than the 180s that a request may take
      deregistration_delay: 180s  # LB03: a request may take 180s
    allow: {ST01: documents are ingested by the pipeline}
    ");
    let again = sandbox.run(&["check", "--fix"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    assert_eq!(sandbox.read("ragctl.yaml"), mended);
    assert_eq!(sandbox.run(&["check", "--strict"]).code, 0, "nothing hurts any more");
}

#[test]
fn an_environment_is_mended_in_its_overlay() {
    let file = "stack: handbook\nenvironments:\n  production:   # for all\n    target: fargate\n    \
                service: {image: 'rag-service:1.4'}\n";
    let sandbox = Sandbox::with(file);
    let untouched = sandbox.run(&["check", "--fix"]);
    assert_eq!(untouched.code, 0);
    assert_eq!(sandbox.read("ragctl.yaml"), file);
    let ran = sandbox.run(&["check", "--fix", "--env", "production"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mended = sandbox.read("ragctl.yaml");
    assert!(mended.starts_with(file), "{mended}");
    assert!(mended.contains("\n        interval: 5s  # HC07: "), "{mended}");
    assert_eq!(sandbox.run(&["check", "--fix", "-e", "production"]).code, 0);
    assert_eq!(sandbox.read("ragctl.yaml"), mended);
}

#[test]
fn a_file_with_mistakes_is_not_mended() {
    let sandbox = Sandbox::with(BROKEN);
    assert_eq!(sandbox.run(&["check", "--fix"]).code, 64);
    assert_eq!(sandbox.read("ragctl.yaml"), BROKEN);
}

#[test]
fn what_is_allowed_for_nothing_is_said() {
    let ran = Sandbox::with("stack: handbook\nallow: [HC07]  # a slow probe\n").run(&["check"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 0
    stdout:
    note: HC07 is allowed (ragctl.yaml:2:9), and there is nothing to allow
    ragctl.yaml: no mistakes
    ");
}

/// A file that is right, and that no task could ever get healthy with.
const HOPELESS: &str =
    "stack: handbook\nload_balancer:\n  health_check:\n    matcher: 202   # accepted\n";

#[test]
fn an_error_stops_a_deployment_before_anything_is_called() {
    let sandbox = Sandbox::with(HOPELESS);
    let plan = sandbox.run(&["plan"]).told();
    assert_snapshot!(plan, @r#"
    exit code: 64
    stderr:
    error[HC10]: no answer of the health check counts as healthy
      ragctl.yaml:4:14 `load_balancer.health_check.matcher`
        `/health` answers 200, and `matcher: 202` takes that for unhealthy, so that
        no task ever serves.
        help: ask `/health` or `/readyz`, and write `matcher: "200"`
    hint: nothing was changed; `ragctl explain HC10` says more
    "#);
    assert_eq!(sandbox.run(&["deploy", "--yes"]).told(), plan);
    assert!(!sandbox.has(".ragctl"), "nothing was done");
    assert_eq!(sandbox.run(&["check"]).code, 64);
    let ran = sandbox.run(&["deploy", "--yes", "--json"]);
    let told = ran.document();
    assert_eq!((ran.code, &told["findings"][0]["rule"]), (64, &"HC10".into()));
    sandbox.write("ragctl.yaml", &format!("{HOPELESS}allow: {{HC10: a proxy answers}}\n"));
    assert_eq!(sandbox.run(&["deploy", "--yes"]).code, 0);
}

#[test]
fn warnings_are_shown_once_with_the_plan() {
    let sandbox = Sandbox::with(HURTS);
    let plan = sandbox.run(&["plan"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert_snapshot!(plan.stderr, @r"
    AS07  more tasks are added before the last ones serve
    LB01  long answers are cut off
    LB03  requests in flight are cut off when a task stops
    HC07  a new task is found late
    `ragctl explain AS07` says more, `ragctl check` where
    ");
    let deploy = sandbox.run(&["deploy", "--yes"]);
    assert_eq!(deploy.stderr.matches("HC07  a new task is found late").count(), 1);
    let again = sandbox.run(&["deploy", "--yes"]);
    assert!(!again.stderr.contains("HC07"), "there is nothing to do: {}", again.stderr);
    let json = sandbox.run(&["plan", "--json"]);
    assert_eq!(json.stderr, "");
}

#[test]
fn a_mistake_names_its_rule() {
    let ran = Sandbox::with("stack: handbook\nservice: {cpu: 300}\n").run(&["check"]);
    assert!(ran.stderr.starts_with("error[FG01]: `service.cpu` cannot be 300\n"), "{}", ran.stderr);
}
