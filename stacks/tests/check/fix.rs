//! What mends a file.

use ragctl_stacks::{check, config};

use crate::{broken, fargate, named};

fn fixed(text: &str, environment: Option<&str>) -> String {
    let fixed = check::fix(text, "ragctl.yaml", environment);
    fixed.unwrap_or_else(|mistakes| panic!("{mistakes}")).text
}

/// Files of all sorts: blocks, flows, comments, Windows' line ends, environments, strategies.
fn files() -> Vec<String> {
    let mut files = vec![
        named(""),
        fargate(""),
        fargate("# the end"),
        fargate("load_balancer: {idle_timeout: 30s}  # short"),
        fargate(
            "load_balancer:\n  health_check:\n    interval: 30s   # seed\n    # mine\n    timeout: 5s\n",
        ),
        fargate("strategies: {async-init: true}\nload_balancer: {health_check: {path: /readyz}}"),
        fargate("models: {llm: {provider: openai, api_key: 'ssm:/key'}}\nidle: true"),
        fargate(
            "deployment: {minimum_healthy_percent: 0, maximum_percent: 100, circuit_breaker: false}",
        ),
        fargate("service_: &x {a: 1}").replace("service_: &x {a: 1}", "logs: {mode: blocking}"),
        named("load_balancer: {health_check: {path: /readyz}}"),
        named("strategies: {prewarm: {warm_up: 10m}}\ndeployment: {timeout: 5m}"),
        named("idle:\n    after: 15m\nload_balancer:\n    idle_timeout: 10m"),
        "{stack: a, target: fargate, service: {image: 'a:1'}}".to_owned(),
    ];
    let windows: Vec<String> = files.iter().map(|text| text.replace('\n', "\r\n")).collect();
    files.extend(windows);
    files
}

#[test]
fn a_mended_file_is_right_keeps_its_comments_and_is_not_changed_again() {
    for text in files() {
        let mended = fixed(&text, None);
        let mistakes = config::check_all(&mended, "ragctl.yaml");
        assert!(mistakes.is_empty(), "{mistakes}\n{mended}");
        assert_eq!(fixed(&mended, None), mended, "{text}");
        for comment in text.lines().filter_map(|line| line.split_once('#')) {
            assert!(mended.contains(comment.1), "{mended}");
        }
        let (before, after) = (broken(&text), broken(&mended));
        assert!(after.iter().all(|id| before.contains(id)), "{before:?} {after:?}\n{mended}");
        assert_eq!(text.matches("\r\n").count() == 0, mended.matches("\r\n").count() == 0);
    }
}

#[test]
fn nothing_that_can_be_mended_is_left() {
    for text in files() {
        let mended = fixed(&text, None);
        let report = check::report(&mended, "ragctl.yaml", None);
        let left: Vec<_> = report.findings.iter().filter(|it| !it.fix.is_empty()).collect();
        assert!(left.is_empty(), "{left:?}\n{mended}");
    }
}

#[test]
fn reasons_stand_beside_the_values() {
    let text = "stack: handbook
target: fargate                   # on AWS
service: {image: 'rag-service:1.4', architecture: x86_64}

load_balancer:
  scheme: internal
  health_check:
    interval: 30s                 # as ever
    timeout: 5s
";
    assert_eq!(
        fixed(text, None),
        "stack: handbook
target: fargate                   # on AWS
service: {image: 'rag-service:1.4', architecture: x86_64}

load_balancer:
  scheme: internal
  health_check:
    # HC07: a new task is found within 5s, not 30s
    interval: 5s                 # as ever
    timeout: 4s  # HC07: less than the interval
    unhealthy_threshold: 6  # HC07: 30s of patience
  idle_timeout: 200s  # LB01: longer than the 180s that a request may take
  deregistration_delay: 180s  # LB03: a request may take 180s
"
    );
}

#[test]
fn an_environment_is_mended_in_its_overlay() {
    let text = "stack: handbook
environments:
  production:
    target: fargate
    service: {image: 'rag-service:1.4'}
    allow: [LB01, LB03]
";
    assert_eq!(
        fixed(text, Some("production")),
        "stack: handbook
environments:
  production:
    target: fargate
    service: {image: 'rag-service:1.4'}
    allow: [LB01, LB03]
    load_balancer:
      health_check:
        interval: 5s  # HC07: a new task is found within 5s, not 30s
        timeout: 4s  # HC07: less than the interval
        unhealthy_threshold: 6  # HC07: 30s of patience
"
    );
    assert_eq!(fixed(text, None), text, "the file by itself runs on this machine");
}

#[test]
fn what_is_allowed_and_what_another_environment_cannot_have_stays() {
    let text = fargate("allow: [HC07, LB01, LB03, AS07]");
    assert_eq!(fixed(&text, None), text);
    // 5 s would be less than the timeout that an environment has written.
    let text = fargate(
        "environments: {slow: {load_balancer: {health_check: {interval: 30s, timeout: 20s}}}}",
    );
    assert!(
        !fixed(&text, None).contains("HC07")
            || config::check_all(&fixed(&text, None), "").is_empty()
    );
}

#[test]
fn a_file_with_mistakes_is_not_touched() {
    let text = fargate("service_timeout: 3");
    assert_eq!(check::fix(&text, "ragctl.yaml", None).unwrap_err().len(), 1);
}

#[test]
fn a_value_behind_an_alias_is_left() {
    let text = "stack: a\nx: &check {interval: 30s}\n";
    // An unknown field is a mistake; a merge is none of ours.
    assert!(check::fix(text, "ragctl.yaml", None).is_err());
    let text = "stack: a
target: fargate
service: {image: 'a:1'}
health_check: &check {interval: 30s, timeout: 5s}
load_balancer: {health_check: *check}
";
    let mended = fixed(text, None);
    assert!(mended.contains("health_check: *check"), "{mended}");
}
