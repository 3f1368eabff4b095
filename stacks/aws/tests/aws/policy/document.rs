//! The document itself: narrow, small, and the same each time.

use ragctl_aws::{Policy, Purpose, policy};
use serde_json::{Value, json};

use crate::support::{MINIMAL, stack};

/// The size that IAM allows for a managed policy, in characters that are not white space.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const LARGEST: usize = 6144;

const PURPOSES: [Purpose; 3] = [Purpose::Plan, Purpose::Deploy, Purpose::Destroy];

/// A stack with all that a stack can have.
const EVERYTHING: &str = "\
stack: handbook
target: fargate
aws: {permissions_boundary: 'arn:aws:iam::123456789012:policy/a-company/boundary-of-delivery'}
service: {image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/rag:1'}
network: {vpc: vpc-0123456789abcdef0}
load_balancer:
  certificate: arn:aws:acm:eu-west-1:123456789012:certificate/12ab
  domain: answers.example.com
autoscaling:
  requests_in_flight: auto
  schedules:
    office: {schedule: cron(0 8 * * ? *), minimum: 2, maximum: 4}
idle: {after: 10m}
strategies: {keepalive: true, edge-prewarm: {}}
";

fn of(text: &str, purpose: Purpose) -> Policy {
    policy(&stack(text), "eu-west-1", "123456789012", purpose)
}

#[test]
fn a_stack_that_is_always_awake_fits_in_a_managed_policy() {
    // One that sleeps, is asked by EventBridge itself, or stands behind CloudFront, has more, and its policy goes into the role itself.
    let without = "idle: {after: 10m}\nstrategies: {keepalive: true, edge-prewarm: {}}\n";
    let always_awake = EVERYTHING.replace(without, "");
    let asked_by_a_function = format!("{MINIMAL}strategies: {{keepalive: true}}\n");
    for text in [always_awake, asked_by_a_function] {
        for purpose in PURPOSES {
            let size = of(&text, purpose).size();
            assert!(size <= LARGEST, "{purpose:?}: {size}");
        }
    }
}

/// The largest policy that a role may have within itself.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const LARGEST_WITHIN_A_ROLE: usize = 10_240;

#[test]
fn under_the_longest_names_it_fits_within_a_role() {
    let text = EVERYTHING.replace("stack: handbook", &format!("stack: {}", "a".repeat(24)));
    let largest = policy(&stack(&text), "ap-southeast-3", "123456789012", Purpose::Deploy);
    let size = largest.size();
    assert!((LARGEST..LARGEST_WITHIN_A_ROLE).contains(&size), "{size}");
}

#[test]
fn the_same_stack_has_the_same_policy() {
    for purpose in PURPOSES {
        assert_eq!(of(EVERYTHING, purpose), of(EVERYTHING, purpose));
    }
}

#[test]
fn a_plan_may_only_read() {
    let reads = ["Describe", "Get", "List"];
    for statement in of(EVERYTHING, Purpose::Plan).statements() {
        for action in &statement.action {
            let (_, operation) = action.split_once(':').unwrap();
            assert!(reads.iter().any(|it| operation.starts_with(it)), "{action}");
        }
    }
}

#[test]
fn nothing_that_changes_something_is_on_everything() {
    // AWS cannot tell task definitions apart here.
    let exceptions = ["ecs:DeregisterTaskDefinition"];
    for purpose in PURPOSES {
        for statement in of(EVERYTHING, purpose).statements() {
            let is_wide = statement.resource.iter().any(|it| it == "*");
            for action in statement.action.iter().filter(|_| is_wide) {
                let is_read = action.contains(":Describe") || action.contains(":List");
                assert!(is_read || exceptions.contains(action), "{action}");
            }
        }
    }
}

#[test]
fn names_are_what_iam_takes() {
    for statement in of(EVERYTHING, Purpose::Deploy).statements() {
        assert!(statement.sid.chars().all(|it| it.is_ascii_alphanumeric()), "{}", statement.sid);
        assert!(statement.resource.iter().all(|it| it == "*" || it.starts_with("arn:aws:")));
    }
}

#[test]
fn where_there_is_a_boundary_no_role_is_made_without_it() {
    let read = serde_json::to_value(of(EVERYTHING, Purpose::Deploy)).unwrap();
    let statements = read["Statement"].as_array().unwrap();
    let does = |it: &&Value, action: &str| {
        it["Action"].as_array().unwrap_or(&vec![it["Action"].clone()]).iter().any(|it| it == action)
    };
    for action in ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"] {
        let all: Vec<&Value> = statements.iter().filter(|it| does(it, action)).collect();
        assert_eq!(all.len(), 1, "{action}");
        assert!(all[0]["Condition"]["StringEquals"]["iam:PermissionsBoundary"].is_string());
    }
    assert!(!statements.iter().any(|it| does(&it, "iam:DeleteRolePermissionsBoundary")));
}

#[test]
fn a_role_is_passed_only_to_whom_it_can_be_for() {
    let passed_to = |text: &str| {
        let policy = of(text, Purpose::Deploy);
        let statement =
            policy.statements().iter().find(|it| it.action.contains("iam:PassRole")).unwrap();
        assert!(statement.resource.iter().all(|it| it.contains(":role/ragctl-handbook-")));
        statement.condition.as_ref().unwrap()["StringEquals"]["iam:PassedToService"].clone()
    };
    assert_eq!(passed_to(MINIMAL), json!(["ecs-tasks.amazonaws.com"]));
    let functions = format!("{MINIMAL}idle: {{after: 10m}}\n");
    assert_eq!(passed_to(&functions), json!(["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]));
    assert_eq!(
        passed_to(EVERYTHING),
        json!(["ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "events.amazonaws.com"])
    );
}
