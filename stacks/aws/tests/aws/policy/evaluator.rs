//! Whether a policy allows a call, as IAM would say; conditions are taken as met.

use ragctl_aws::{Policy, Statement};
use ragctl_cloud::{ACCOUNT, Call};

/// Everybody may call it, whatever the policies say.
const FREE: [&str; 1] = ["sts:GetCallerIdentity"];

/// Actions of CloudWatch Logs that name a group without `:*` at its end.
const LOGS_TAGS: [&str; 2] = ["logs:ListTagsForResource", "logs:TagResource"];

/// The action of a call, as IAM writes it.
pub(crate) fn action(call: &Call) -> String {
    match (call.service.as_str(), call.action.as_str()) {
        // The operations here whose actions have other names.
        ("cloudfront", "CreateDistributionWithTags") => "cloudfront:CreateDistribution".to_owned(),
        ("lambda", "Invoke") => "lambda:InvokeFunction".to_owned(),
        ("lambda", "GetLayerVersionByArn") => "lambda:GetLayerVersion".to_owned(),
        (service, action) => format!("{service}:{action}"),
    }
}

/// Why the policies, taken together, refuse a call; `None` when they allow it.
pub(crate) fn refusal(policies: &[Policy], call: &Call) -> Option<String> {
    let action = action(call);
    if FREE.contains(&action.as_str()) {
        return None;
    }
    let of_action = |it: &&Statement| it.action.contains(action.as_str());
    let statements = policies.iter().flat_map(Policy::statements).filter(of_action);
    let patterns: Vec<&str> =
        statements.flat_map(|it| it.resource.iter().map(String::as_str)).collect();
    if patterns.is_empty() {
        return Some(format!("{action} is nowhere allowed"));
    }
    if patterns.contains(&"*") {
        return None;
    }
    let things: Vec<String> = call.resources.iter().filter_map(|it| thing(call, it)).collect();
    let of_sort = |it: &&String| patterns.iter().any(|pattern| same_sort(pattern, it));
    let mut named = things.iter().filter(of_sort).peekable();
    // A call that failed has made nothing that it could name.
    if named.peek().is_none() && call.error.is_none() {
        return Some(format!("{action} names nothing that {patterns:?} are about: {things:?}"));
    }
    let refused = named.find(|it| !patterns.iter().any(|pattern| matches(pattern, it)))?;
    Some(format!("{action} is not allowed on {refused}, only on {patterns:?}"))
}

/// What a call names, by the ARN that IAM looks at.
fn thing(call: &Call, named: &str) -> Option<String> {
    let arn = |service: &str, rest: &str| {
        Some(format!("arn:aws:{service}:{}:{ACCOUNT}:{rest}", call.region))
    };
    match call.service.as_str() {
        "ec2" if named.starts_with("sg-") => arn("ec2", &format!("security-group/{named}")),
        "ec2" if named.starts_with("vpc-") => arn("ec2", &format!("vpc/{named}")),
        "application-autoscaling"
            if named.starts_with("service/") || named.starts_with("function:") =>
        {
            arn("application-autoscaling", "scalable-target/0a1b")
        }
        // A family stands for a revision that has no number yet.
        "ecs" if sort(named).1 == "task-definition" && named.matches(':').count() == 5 => {
            Some(format!("{named}:1"))
        }
        "logs" if sort(named).0 == "logs" && !LOGS_TAGS.contains(&action(call).as_str()) => {
            Some(format!("{named}:*"))
        }
        // What is of another service is passed on, and is not what the action is about.
        service => (sort(named).0 == service).then(|| named.to_owned()),
    }
}

/// Service and type of an ARN: `ecs service`.
fn sort(arn: &str) -> (&str, &str) {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let rest = parts.nth(2).unwrap_or_default();
    (service, rest.split(['/', ':']).next().unwrap_or_default())
}

fn same_sort(pattern: &str, arn: &str) -> bool {
    let (wanted, is) = (sort(pattern), sort(arn));
    wanted.0 == is.0 && (wanted.1 == is.1 || wanted.1 == "*" && is.1 != "targetgroup")
}

/// Whether a pattern, in which `*` stands for anything and `?` for any letter, is about all of a text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => like(pattern, text),
        Some((before, after)) => {
            let begins = text.get(..before.len()).is_some_and(|it| like(before, it));
            begins && (before.len()..=text.len()).any(|at| matches(after, &text[at..]))
        }
    }
}

fn like(pattern: &str, text: &str) -> bool {
    let mut pairs = pattern.bytes().zip(text.bytes());
    pattern.len() == text.len() && pairs.all(|(wanted, is)| wanted == b'?' || wanted == is)
}

#[test]
fn stars_stand_for_anything() {
    for (pattern, text, is) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a*", "a", true),
        ("a*c", "abbc", true),
        ("a*c*", "abbd", false),
        ("*", "", true),
        ("a/*/*", "a/b", false),
        ("a-??-c", "a-bb-c", true),
        ("a-??-c", "a-bbb-c", false),
    ] {
        assert_eq!(matches(pattern, text), is, "{pattern} {text}");
    }
}
