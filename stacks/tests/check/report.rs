//! A file with environments, and with what it allows.

use ragctl_stacks::check::{self, Allowed};

use crate::{broken, fargate, named};

const STAGED: &str = "\
stack: handbook
load_balancer: {idle_timeout: 30s}
environments:
  staging:
    target: fargate
    service: {image: 'a:1', request_timeout: 2m}
  production:
    target: fargate
    service: {image: 'a:1', request_timeout: 2m}
    load_balancer: {idle_timeout: 90s}
";

#[test]
fn a_finding_is_told_once_with_the_environments_that_it_holds_in() {
    let report = check::report(STAGED, "ragctl.yaml", None);
    let of = |id: &str| -> Vec<(usize, Vec<Option<&str>>)> {
        let found = report.findings.iter().filter(|it| it.rule.id == id);
        found
            .map(|it| (it.at.line, it.environments.iter().map(Option::as_deref).collect()))
            .collect()
    };
    assert_eq!(of("HC07"), [(2, vec![Some("staging"), Some("production")])]);
    assert_eq!(of("LB01"), [(6, vec![Some("staging")]), (10, vec![Some("production")])]);
    let report = check::report(STAGED, "ragctl.yaml", Some("staging"));
    let told = report.findings.iter().filter(|it| it.rule.id == "LB01").count();
    assert_eq!(told, 1);
}

#[test]
fn the_worst_comes_first_and_then_the_line() {
    let text = fargate("logs: {mode: blocking}\nload_balancer: {health_check: {path: /query}}");
    let report = check::report(&text, "ragctl.yaml", None);
    let order: Vec<_> = report.findings.iter().map(|it| (it.rule.severity, it.at)).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(report.findings[0].rule.id, "HC10");
}

fn allowed(rest: &str) -> Vec<Allowed> {
    check::report(&fargate(rest), "ragctl.yaml", None).allowed
}

#[test]
fn what_is_allowed_is_not_told_and_its_reason_is_kept() {
    for (allow, reason) in [
        ("allow: [HC07]", None),
        ("allow: [HC07]  # behind a slow probe", Some("behind a slow probe")),
        ("allow: [LB01, HC07, LB03] # as agreed", Some("as agreed")),
        ("allow:\n  - HC07  # on purpose\n  - LB01", Some("on purpose")),
        ("allow: {HC07: on purpose}", Some("on purpose")),
        ("allow:\n  HC07: \"a # b\"", Some("a # b")),
    ] {
        let text = fargate(allow);
        assert!(!broken(&text).contains(&"HC07"), "{text}");
        let found = allowed(allow).into_iter().find(|it| it.rule == "HC07").unwrap();
        assert_eq!(found.reason.as_deref(), reason, "{allow}");
        assert!(found.is_needed);
    }
}

#[test]
fn an_allowance_that_nothing_needs_is_seen() {
    let found = allowed("allow: [LG01]");
    assert_eq!((found.len(), found[0].is_needed, found[0].at.line), (1, false, 4));
    // In one environment it is needed, and in the other it is not.
    let text = "stack: a\nallow: [HC07]\nenvironments: {staging: {target: fargate, service: {image: 'a:1'}}}\n";
    let report = check::report(text, "ragctl.yaml", None);
    assert_eq!(report.allowed.len(), 1);
    assert!(report.allowed[0].is_needed);
    // Where not all was looked at, nothing is said of what is not needed.
    let text = text.replace("staging", "other: {}, staging");
    let report = check::report(&text, "ragctl.yaml", Some("other"));
    assert_eq!(report.allowed, []);
}

#[test]
fn an_environment_allows_for_itself() {
    let text = named(
        "environments:\n  one: {target: fargate, service: {image: 'a:1'}, allow: {HC07: here}}\n  \
         two: {target: fargate, service: {image: 'a:1'}}",
    );
    let report = check::report(&text, "ragctl.yaml", None);
    let found = report.findings.iter().find(|it| it.rule.id == "HC07").unwrap();
    assert_eq!(found.environments, [Some("two".to_owned())]);
}

#[test]
fn an_error_with_a_reason_can_be_allowed() {
    let text =
        named("service: {environment: {TEST_TOKEN: not-a-real-one}}\nallow: {SE01: a fixture}");
    let report = check::report(&text, "ragctl.yaml", None);
    assert!(!report.forbids(), "{report:?}");
}

#[test]
fn mistakes_and_findings_of_other_environments_are_told_together() {
    let text =
        named("idle: true\nstrategies: {keepalive: true}\nenvironments: {bad: {target: lcal}}");
    let report = check::report(&text, "ragctl.yaml", None);
    assert_eq!((report.mistakes.len(), broken(&text).contains(&"KA03")), (1, true));
}
