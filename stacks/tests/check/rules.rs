//! Each rule on a file that breaks it and on one that does not.

use std::collections::BTreeSet;

use ragctl_stacks::{
    check::{self, Decided, FAMILIES, Severity},
    config,
    stack::{StackName, Target},
    strategy,
};
use serde::Deserialize;

use crate::{broken, fargate, lambda, named, opened};

/// A line of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    /// The target, where it is not this machine.
    #[serde(default)]
    on: Option<String>,
    breaks: String,
    /// Line and column that it is shown at.
    #[serde(default)]
    at: Option<String>,
    says: String,
    keeps: String,
}

impl Row {
    fn file(&self, rest: &str) -> String {
        match self.on.as_deref() {
            None => named(rest),
            Some("fargate") => fargate(rest),
            Some("lambda") => lambda(rest),
            Some(other) => panic!("{other}"),
        }
    }
}

fn rows() -> Vec<Row> {
    serde_yaml::from_str(include_str!("rules.yaml")).expect("the table is YAML")
}

#[test]
fn each_rule_is_broken_by_one_file_and_kept_by_another() {
    for row in rows() {
        let text = row.file(&row.breaks);
        let report = check::report(&text, "ragctl.yaml", None);
        let found = report.findings.iter().filter(|it| it.rule.id == row.rule);
        let found = found.map(|it| (it.at.line, it.at.column, it.why.clone()));
        let mistakes = report.mistakes.iter().filter(|it| it.rule == Some(row.rule.as_str()));
        let mistakes =
            mistakes.map(|it| (it.line, it.column, format!("{} {}", it.title, it.label)));
        let told: Vec<_> = found.chain(mistakes).collect();
        let [(line, column, why)] = &told[..] else { panic!("{row:?}\n{told:?}\n{report:?}") };
        assert!(why.contains(&row.says), "{}: {why}", row.rule);
        if let Some(at) = &row.at {
            assert_eq!(&format!("{line}:{column}"), at, "{}\n{text}", row.rule);
        }
        let kept = row.file(&row.keeps);
        let mistakes = config::check_all(&kept, "ragctl.yaml");
        assert!(mistakes.is_empty(), "{}: {mistakes}", row.rule);
        assert!(!broken(&kept).contains(&row.rule.as_str()), "{}\n{kept}", row.rule);
    }
}

#[test]
fn the_table_has_each_rule_that_a_file_decides_and_no_other() {
    let listed: BTreeSet<String> = rows().into_iter().map(|row| row.rule).collect();
    let decided = check::all().filter(|rule| match rule.decided {
        Decided::File(_) | Decided::Strategy(..) | Decided::Mistake => true,
        Decided::Verify | Decided::Design(_) => false,
    });
    let decided: BTreeSet<String> = decided.map(|rule| rule.id.to_owned()).collect();
    assert_eq!(listed, decided);
}

#[test]
fn a_plain_stack_is_warned_about_what_hurts_and_can_be_deployed() {
    assert_eq!(broken(&named("")), [""; 0], "nothing hurts on this machine");
    let report = check::report(&fargate(""), "ragctl.yaml", None);
    assert!(!report.forbids());
    let warned: Vec<&str> = report.of_severity(Severity::Warning).map(|it| it.rule.id).collect();
    assert_eq!(warned, ["HC07", "LB10", "AS07", "ST01", "LB01", "LB03"]);
    let noted: Vec<&str> = report.of_severity(Severity::Note).map(|it| it.rule.id).collect();
    assert_eq!(noted, ["FG10"]);
}

#[test]
fn a_plain_function_is_told_nothing_of_tasks() {
    let report = check::report(&lambda(""), "ragctl.yaml", None);
    assert!(!report.forbids());
    let told: Vec<&str> = report.findings.iter().map(|it| it.rule.id).collect();
    assert_eq!(told, ["ST01", "LA07", "FG10"]);
    // What would hurt tasks does not hurt a function.
    let of_tasks = "load_balancer: {health_check: {path: /readyz, healthy_threshold: 5}, \
                    deregistration_delay: 300s}\n\
                    deployment: {circuit_breaker: false, minimum_healthy_percent: 0}\n\
                    autoscaling: {scale_in_cooldown: 1s}\nlogs: {mode: blocking}\n\
                    strategies: {keepalive: true}";
    assert_eq!(broken(&lambda(of_tasks)), told);
    assert!(broken(&fargate(of_tasks)).len() > 10);
}

#[test]
fn a_function_behind_a_load_balancer_is_told_of_the_load_balancer() {
    let told = broken(&lambda("lambda: {front: load-balancer}"));
    assert_eq!(told, ["LB01", "LB10", "ST01", "LA05", "FG10"]);
}

#[test]
fn what_init_writes_and_each_strategy_alone_can_be_deployed() {
    let name: StackName = "handbook".parse().unwrap();
    for target in Target::ALL {
        let plain = config::template(&name, target);
        let mut files = vec![plain.clone(), plain.replace("prewarm: true", "prewarm: false")];
        // Two have no meaning for a function, which is told as a mistake.
        let is_there =
            |name| target != Target::Lambda || !matches!(name, "async-init" | "edge-prewarm");
        for strategy in strategy::ALL.into_iter().filter(|it| is_there(it.name())) {
            let (off, on) =
                (format!("  {}: false", strategy.name()), format!("  {}: true", strategy.name()));
            files.push(plain.replace(&off, &on));
        }
        for text in files {
            let report = check::report(&text, "ragctl.yaml", None);
            assert!(!report.forbids(), "{target}\n{text}\n{:?}", report.findings);
        }
    }
}

#[test]
fn waste_and_contradictions_of_strategies_are_each_told_once() {
    for (text, rule) in [
        ("strategies: {keepalive: true}", Some("KA02")),
        ("idle: true\nstrategies: {keepalive: true}", Some("KA03")),
        ("idle: {after: 5m}\nstrategies: {keepalive: true}", Some("KA01")),
        ("idle: true\nstrategies: {keepalive: {schedule: cron(0 8 ? * MON-FRI *)}}", None),
        ("strategies: {async-init: true}", Some("HC11")),
        ("strategies: {async-init: true, prewarm: true}", None),
        ("strategies: {reduced-workers: {workers: 16}}", Some("AS10")),
        ("strategies: {reduced-workers: true}", None),
        ("strategies: {prewarm: {warm_up: 90s}}\ndeployment: {timeout: 60s}", Some("DP08")),
        ("strategies: {prewarm: true}", None),
        ("strategies: {edge-prewarm: true}", Some("ED08")),
        ("idle: true\nstrategies: {edge-prewarm: true}", None),
        (
            "idle: true\nautoscaling: {maximum: 1}\nstrategies: {edge-prewarm: true, async-init: true}",
            Some("ED09"),
        ),
    ] {
        let found = check::findings(&opened(&named(text)));
        let told: Vec<&str> =
            found.iter().filter(|it| it.rule.strategy().is_some()).map(|it| it.rule.id).collect();
        assert_eq!(told, rule.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn each_rule_about_a_strategy_names_one_that_there_is() {
    for rule in FAMILIES.iter().flat_map(|family| family.rules) {
        assert!(rule.strategy().is_none_or(|name| strategy::find(name).is_some()), "{}", rule.id);
    }
}

#[test]
fn a_secret_in_the_file_is_not_repeated() {
    let text = named("service: {environment: {WEBHOOK_TOKEN: canary-3f9c2e71}}");
    let report = check::report(&text, "ragctl.yaml", None);
    assert!(report.forbids());
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains("canary") && !format!("{report:?}").contains("canary"), "{json}");
}
