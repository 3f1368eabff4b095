//! Systems Manager: the parameter that is the lease, and the one that is the key of what CloudFront calls.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>

use ragctl_stacks::address::Kind;

use crate::{
    policy::{
        right::{CHANGING, DEPLOY, OWN, RIGHT, Right},
        subject::Subject,
    },
    secret,
};

pub(super) const RIGHTS: &[Right] = &[
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: |of| vec![of.arn("ssm", &format!("parameter{}", of.names.lease()))],
        actions: &[
            "ssm:AddTagsToResource",
            "ssm:DeleteParameter",
            "ssm:GetParameter",
            "ssm:PutParameter",
        ],
        ..RIGHT
    },
    // Looked for by every plan: where there is no key, there is nothing at the edge.
    Right { sid: OWN, on: |of| vec![key(of)], actions: &["ssm:GetParameter"], ..RIGHT },
    Right { sid: OWN, on: wanted_key, actions: &["ssm:ListTagsForResource"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: wanted_key,
        actions: &["ssm:AddTagsToResource", "ssm:PutParameter"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: wanted_key,
        actions: &["ssm:DeleteParameter"],
        ..RIGHT
    },
];

fn key(of: &Subject<'_>) -> String {
    of.arn("ssm", &format!("parameter{}", of.names.of(&secret::address())))
}

fn wanted_key(of: &Subject<'_>) -> Vec<String> {
    of.wants(Kind::Secret).then(|| key(of)).into_iter().collect()
}
