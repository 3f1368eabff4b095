//! Systems Manager: the parameter that is the lease, and the one that is the key of what CloudFront calls.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>

use ragctl_stacks::address::Kind;

use crate::{
    policy::{
        right::{CHANGING, OWN, PLAN, RIGHT, Right},
        subject::Subject,
    },
    secret,
};

/// The lease, and whatever else lies below the stack's path.
pub(super) const LEASE: &[Right] = &[
    // Both at once, for a policy may not be large: nothing but what ragctl makes lies below the stack's path.
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: |of| vec![of.arn("ssm", &format!("parameter/ragctl/{}/*", of.names.stack()))],
        actions: &[
            "ssm:AddTagsToResource",
            "ssm:DeleteParameter",
            "ssm:GetParameter",
            "ssm:PutParameter",
        ],
        ..RIGHT
    },
];

/// The key of what is at the edge.
pub(super) const KEY: &[Right] = &[
    // Looked for by every plan: where there is no key, there is nothing at the edge.
    Right { sid: OWN, purposes: PLAN, on: key, actions: &["ssm:GetParameter"], ..RIGHT },
    Right { sid: OWN, need: wanted, on: key, actions: &["ssm:ListTagsForResource"], ..RIGHT },
];

fn key(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("ssm", &format!("parameter{}", of.names.of(&secret::address())))]
}

fn wanted(of: &Subject<'_>) -> bool {
    of.wants(Kind::Secret)
}
