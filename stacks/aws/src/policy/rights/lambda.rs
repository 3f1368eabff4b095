//! Lambda: the function that asks the service, and the one that sends it to sleep and wakes it.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>

use ragctl_stacks::address::Kind;

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
    of.wanted(Kind::Function).map(|it| arn(of, it.name.as_str())).collect()
}

fn wake(of: &Subject<'_>) -> Vec<String> {
    let mut doors = of.wanted(Kind::FunctionTarget);
    doors.next().map(|it| arn(of, it.name.as_str())).into_iter().collect()
}
