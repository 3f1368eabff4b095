//! The table says what is called, and the printed policy allows it.

use std::{fs, path::Path};

use super::*;

/// Every `"ecs CreateService"` in this crate but in its checks.
fn called(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("verify") {
                all.extend(called(&path));
            }
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for quoted in text.split('"').skip(1) {
            let Some((service, operation)) = quoted.split_once(' ') else { continue };
            let is_service = ALL.iter().any(|it| it.service == service);
            let is_operation = operation.starts_with(|c: char| c.is_ascii_uppercase())
                && operation.chars().all(|c| c.is_ascii_alphanumeric());
            if is_service && is_operation {
                all.push((service.to_owned(), operation.to_owned()));
            }
        }
    }
    all
}

#[test]
fn all_that_a_deployment_calls_is_listed() {
    // Only a destruction, or a deployment that takes something away, calls these.
    let only_takes_away = |operation: &str| {
        ["Delete", "Remove", "Deregister", "Untag"].iter().any(|it| operation.starts_with(it))
    };
    let all = called(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(all.len() > 50, "{all:?}");
    for (service, operation) in all {
        // The operations here whose actions have other names.
        let operation = match operation.as_str() {
            "Invoke" => "InvokeFunction".to_owned(),
            "CreateDistributionWithTags" => "CreateDistribution".to_owned(),
            _ => operation,
        };
        let listed = ALL
            .iter()
            .chain(&ON_LAMBDA)
            .any(|it| it.service == service && it.operations.contains(&operation.as_str()));
        assert!(listed || only_takes_away(&operation), "{service}:{operation}");
    }
}

#[test]
fn whoever_has_the_printed_policy_passes() {
    let text = "stack: handbook\ntarget: fargate\nservice: {image: a}\n";
    let keepalive = format!("{text}strategies: {{keepalive: true}}\n");
    let sharing = format!(
        "{text}load_balancer: {{listener: {{arn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2', priority: 1, paths: [/a]}}}}\nnetwork: {{security_groups: {{balancer: [sg-0a]}}}}\n"
    );
    let bounded = format!(
        "{text}aws: {{permissions_boundary: 'arn:aws:iam::123456789012:policy/boundary'}}\n"
    );
    let named = format!(
        "{keepalive}load_balancer: {{domain: a.example.org, certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1'}}\n"
    );
    let sleeping = format!("{keepalive}idle: {{after: 10m}}\n");
    let at_the_edge = format!("{sleeping}strategies: {{edge-prewarm: true}}\n")
        .replace("strategies: {keepalive: true}\n", "");
    let function = "stack: handbook\ntarget: lambda\n";
    let provisioned =
        format!("{function}strategies: {{keepalive: true, provisioned-concurrency: true}}\n");
    let balanced = format!("{function}lambda: {{front: load-balancer}}\n");
    let functions = [function, &provisioned, &balanced];
    let tasks = [text, &keepalive, &sharing, &bounded, &named, &sleeping, &at_the_edge];
    for text in tasks.into_iter().chain(functions) {
        let stack = ragctl_stacks::strategy::applied(
            &ragctl_stacks::config::load(text, "ragctl.yaml", None).unwrap(),
        );
        let (region, account) = ("eu-west-1", "123456789012");
        let names = Names::new("handbook", region);
        let policy = crate::policy(&stack, region, account, crate::Purpose::Deploy);
        for of in super::of(stack.target) {
            let on = of.resource(&names, account, &stack);
            for action in of.needed_by(&stack) {
                let statements = policy.statements().iter();
                let mut allowing = statements.filter(|it| it.action.contains(action.as_str()));
                let is_allowed = allowing.any(|it| it.resource.iter().any(|it| about(it, &on)));
                assert!(is_allowed, "{action} on {on}");
            }
        }
    }
}

/// Whether a pattern, in which `*` stands for anything and `?` for any letter, is about all of a text.
fn about(pattern: &str, text: &str) -> bool {
    match pattern.as_bytes() {
        [] => text.is_empty(),
        [b'*', ..] => (0..=text.len()).any(|at| about(&pattern[1..], &text[at..])),
        [one, ..] => {
            text.as_bytes().first().is_some_and(|it| *one == b'?' || one == it)
                && about(&pattern[1..], &text[1..])
        }
    }
}

#[test]
fn the_things_are_called_as_iam_calls_them() {
    let names = Names::new("handbook", "eu-west-1");
    let text = "stack: handbook\ntarget: fargate\nservice: {image: a}\n";
    let stack = ragctl_stacks::config::load(text, "ragctl.yaml", None).unwrap();
    let role = ALL.iter().find(|it| it.service == "iam").unwrap();
    assert_eq!(
        role.resource(&names, "123456789012", &stack),
        "arn:aws:iam::123456789012:role/ragctl-handbook-execution-eu-west-1"
    );
    let rule = ALL.iter().find(|it| it.service == "events" && it.on != "*").unwrap();
    assert_eq!(
        rule.resource(&names, "123456789012", &stack),
        "arn:aws:events:eu-west-1:123456789012:rule/handbook-keepalive"
    );
}
