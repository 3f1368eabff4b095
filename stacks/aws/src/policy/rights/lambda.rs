//! Lambda: the function that asks the service, the one that sends it to sleep and wakes it, and the one that CloudFront calls.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html>

use ragctl_stacks::address::{Address, Kind};

use crate::{
    function,
    policy::{
        right::{CHANGING, DEPLOY, OWN, RIGHT, Right},
        subject::Subject,
    },
};

pub(super) const RIGHTS: &[Right] = &[
    Right { sid: OWN, on: all, actions: &["lambda:GetFunction"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: wanted,
        actions: &[
            "lambda:AddPermission",
            "lambda:CreateFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:TagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: wanted,
        actions: &["lambda:DeleteFunction"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        on: at_the_edge,
        actions: &["lambda:GetFunction", "lambda:GetFunctionConfiguration"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: at_the_edge,
        actions: &[
            "lambda:CreateFunction",
            // CloudFront copies it in its caller's name. The name of the action ends in the star.
            "lambda:EnableReplication*",
            "lambda:PublishVersion",
            "lambda:TagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: at_the_edge,
        actions: &["lambda:DeleteFunction", "lambda:DisableReplication*"],
        ..RIGHT
    },
    // `ragctl wake` and `ragctl sleep` call it.
    Right { sid: OWN, purposes: DEPLOY, on: wake, actions: &["lambda:InvokeFunction"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: wake,
        actions: &["lambda:RemovePermission"],
        ..RIGHT
    },
];

fn arn(of: &Subject<'_>, name: &str) -> String {
    of.arn("lambda", &format!("function:{}", of.called(Kind::Function, name)))
}

fn all(of: &Subject<'_>) -> Vec<String> {
    function::ALL.map(|name| arn(of, name)).to_vec()
}

fn wanted(of: &Subject<'_>) -> Vec<String> {
    let elsewhere = |it: &&Address| **it != function::edge::address();
    of.wanted(Kind::Function).filter(elsewhere).map(|it| arn(of, it.name.as_str())).collect()
}

/// The function that CloudFront calls, and its versions.
fn at_the_edge(of: &Subject<'_>) -> Vec<String> {
    if !of.wants(Kind::Edge) {
        return Vec::new();
    }
    let arn = of.names.edge_function_arn(of.account);
    vec![format!("{arn}:*"), arn]
}

fn wake(of: &Subject<'_>) -> Vec<String> {
    let mut doors = of.wanted(Kind::FunctionTarget);
    doors.next().map(|it| arn(of, it.name.as_str())).into_iter().collect()
}
