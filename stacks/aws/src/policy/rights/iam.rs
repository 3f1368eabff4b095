//! IAM: the stack's roles, who may get them, and the roles that AWS's services make for themselves.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

use ragctl_stacks::{
    address::{Address, Kind},
    stack::Target,
};
use serde_json::{Value, json};

use crate::{
    policy::{
        right::{DEPLOY, DESTROY, LEFT_OUT, OWN, RIGHT, Right},
        subject::Subject,
    },
    role,
};

/// Who makes a role for itself the first time that it is used in an account.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const SERVICE_LINKED: [&str; 4] = [
    "apidestinations.events.amazonaws.com",
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
];

/// The same, where the service is a function.
const SERVICE_LINKED_ON_LAMBDA: [&str; 2] =
    ["elasticloadbalancing.amazonaws.com", "lambda.application-autoscaling.amazonaws.com"];

/// The same, for functions that CloudFront calls.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html>
const SERVICE_LINKED_AT_THE_EDGE: [&str; 2] =
    ["logger.cloudfront.amazonaws.com", "replicator.lambda.amazonaws.com"];

pub(super) const RIGHTS: &[Right] = &[
    Right { sid: OWN, on: roles, actions: &["iam:GetRole", "iam:GetRolePolicy"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: roles,
        actions: &["iam:DeleteRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DESTROY,
        on: roles,
        actions: &["iam:DeleteRole", "iam:DeleteRolePolicy"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: |of| !is_bounded(of),
        on: roles,
        actions: &["iam:CreateRole", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePolicy"],
        ..RIGHT
    },
    Right {
        sid: "IamBounded",
        purposes: DEPLOY,
        need: is_bounded,
        on: roles,
        only: with_the_boundary,
        actions: &["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
    },
    Right {
        sid: LEFT_OUT,
        purposes: DEPLOY,
        on: |of| of.removable(Kind::Role).map(|it| arn(of, it)).collect(),
        actions: &["iam:DeleteRole"],
        ..RIGHT
    },
    // A role trusts but one of them, so that no other can be given it.
    Right {
        sid: "IamPass",
        purposes: DEPLOY,
        on: roles,
        only: |of| {
            let functions = of.wants(Kind::Function).then_some("lambda.amazonaws.com");
            let schedules = of.wants(Kind::Destination).then_some("events.amazonaws.com");
            let tasks = of.wants(Kind::Service).then_some("ecs-tasks.amazonaws.com");
            let all = [tasks, functions, schedules];
            let services: Vec<&str> = all.into_iter().flatten().collect();
            Some(json!({ "StringEquals": { "iam:PassedToService": services } }))
        },
        actions: &["iam:PassRole"],
        ..RIGHT
    },
    Right {
        sid: "IamServiceLinked",
        purposes: DEPLOY,
        on: |of| vec![of.iam("role/aws-service-role/*")],
        only: |of| {
            let at_the_edge = SERVICE_LINKED_AT_THE_EDGE.iter().filter(|_| of.wants(Kind::Edge));
            let of_target: &[&str] = match of.stack.target {
                Target::Lambda => &SERVICE_LINKED_ON_LAMBDA,
                Target::Local | Target::Fargate => &SERVICE_LINKED,
            };
            let services: Vec<&str> = of_target.iter().chain(at_the_edge).copied().collect();
            Some(json!({ "StringEquals": { "iam:AWSServiceName": services } }))
        },
        actions: &["iam:CreateServiceLinkedRole"],
        ..RIGHT
    },
];

fn arn(of: &Subject<'_>, address: &Address) -> String {
    of.iam(&format!("role/{}", of.names.of(address)))
}

/// All that the stack can have: `????` is `task`, `ping`, `wake` and `edge`, and nothing of a stack whose longer name begins the same.
fn roles(of: &Subject<'_>) -> Vec<String> {
    let names: &[&str] = match of.stack.target {
        Target::Lambda => &role::ON_LAMBDA,
        Target::Local | Target::Fargate => &["execution", "keepalive", "????"],
    };
    names.iter().map(|name| of.iam(&format!("role/{}", of.names.role(name)))).collect()
}

fn is_bounded(of: &Subject<'_>) -> bool {
    of.stack.aws.permissions_boundary.is_some()
}

/// A role of ours without the boundary would be more than whoever has this policy may be.
fn with_the_boundary(of: &Subject<'_>) -> Option<Value> {
    let boundary = of.stack.aws.permissions_boundary.as_ref()?;
    Some(json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } }))
}
