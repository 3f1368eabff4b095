//! Lambda: the function that asks the service.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>

use ragctl_stacks::address::Kind;

use crate::policy::{
    right::{CHANGING, DEPLOY, OWN, RIGHT, Right},
    subject::Subject,
};

pub(super) const RIGHTS: &[Right] = &[
    Right { sid: OWN, on, actions: &["lambda:GetFunction"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: is_wanted,
        on,
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
        need: is_wanted,
        on,
        actions: &["lambda:DeleteFunction"],
        ..RIGHT
    },
];

fn is_wanted(of: &Subject<'_>) -> bool {
    of.wants(Kind::Function)
}

fn on(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("lambda", &format!("function:{}", of.called(Kind::Function, "ping")))]
}
