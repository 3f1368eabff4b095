use insta::assert_snapshot;

use crate::sandbox::{Sandbox, fargate};

#[test]
fn a_rule_is_explained_with_the_figures_of_the_file() {
    let file = fargate("1.4") + "load_balancer: {health_check: {interval: 20s}}\n";
    assert_snapshot!(Sandbox::with(&file).run(&["explain", "hc07"]).told(), @r"
    exit code: 0
    stdout:
    HC07: a new task is found late
    warning on local and fargate

    A task gets its first request after the load balancer's next check, half an
    interval later on average, in each cold start: when a service wakes, when tasks
    are added, and in deployments.

    Write `interval: 5s`, with a timeout below it and a threshold that keeps 30 s of
    patience. On this machine it matters where `idle` is on.

    `ragctl check` sees it in the file.

    ragctl.yaml:4:42: the load balancer asks a task every 20s, so that a new one
    waits 10s on average before it gets a request, in each deployment, and whenever
    a task is added; write `interval: 5s`, `timeout: 4s` and `unhealthy_threshold:
    6` beneath `load_balancer.health_check:`.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html
    ");
}

#[test]
fn a_file_that_keeps_a_rule_is_told_so_and_without_one_nothing_is() {
    let kept = Sandbox::handbook().run(&["explain", "SE01"]);
    assert!(kept.stdout.contains("\nragctl.yaml does not break it.\n"), "{}", kept.stdout);
    let without = Sandbox::empty().run(&["explain", "SE01"]);
    assert_eq!(without.code, 0);
    assert!(!without.stdout.contains("ragctl.yaml"), "{}", without.stdout);
}

#[test]
fn what_is_told_as_a_mistake_is_shown_where_it_is() {
    let ran = Sandbox::with("stack: handbook\nservice: {cpu: 300}\n").run(&["explain", "FG01"]);
    assert!(ran.stdout.contains("ragctl.yaml:2:16: `service.cpu` cannot be 300"), "{}", ran.stdout);
    assert!(ran.stdout.contains("it is told as a mistake"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_broken_says_why() {
    let ran = Sandbox::handbook().run(&["explain", "LB06"]);
    assert!(ran.stdout.contains("It cannot be broken: ragctl makes the target"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("does not break"), "{}", ran.stdout);
}

#[test]
fn all_rules_are_listed_by_family_and_fit_the_page() {
    let ran = Sandbox::empty().run(&["explain"]);
    assert!(ran.stdout.starts_with("Fargate and the image\n  FG01  error    "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n\nhealth checks\n  HC01  "), "{}", ran.stdout);
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(90), "{widest:?}");
    let listed = Sandbox::empty().run(&["explain", "--json"]).document();
    assert!(listed.as_array().unwrap().len() >= 90);
}

#[test]
fn a_strategy_is_explained_as_by_its_own_command() {
    let sandbox = Sandbox::empty();
    let (short, long) =
        (sandbox.run(&["explain", "prewarm"]), sandbox.run(&["strategy", "explain", "prewarm"]));
    assert_eq!(short.stdout, long.stdout);
    assert_eq!(short.code, 0);
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_one() {
    for (typed, meant) in [("HC7", "HC07"), ("kepalive", "keepalive"), ("keep-alive", "keepalive")]
    {
        let ran = Sandbox::empty().run(&["explain", typed]);
        assert_eq!(ran.code, 64);
        assert!(ran.stderr.contains(&format!("did you mean `{meant}`?")), "{}", ran.stderr);
    }
    let ran = Sandbox::empty().run(&["explain", "everything"]);
    assert!(ran.stderr.contains("`ragctl explain` lists all rules"), "{}", ran.stderr);
}
