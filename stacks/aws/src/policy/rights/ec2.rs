//! EC2: security groups, whose ids AWS chooses, so that the tag tells the stack's own. What it describes cannot be told
//! apart.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>

use ragctl_stacks::address::Kind;
use serde_json::{Value, json};

use crate::{
    policy::{
        right::{CHANGING, DEPLOY, OWN, RIGHT, Right, tagged},
        subject::Subject,
    },
    tags,
};

pub(super) const READS: &[Right] = &[
    Right { actions: &["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"], ..RIGHT },
    // Lambda looks at the network of a function that lies in one, in its caller's name.
    // Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
    Right {
        purposes: DEPLOY,
        need: |of| of.wanted(Kind::SecurityGroup).any(|it| it.name.as_str() == "ping"),
        actions: &["ec2:DescribeVpcs"],
        ..RIGHT
    },
];

pub(super) const CHANGES: &[Right] = &[
    Right {
        sid: "Ec2NewGroups",
        purposes: DEPLOY,
        on: groups,
        only: with_our_tag,
        actions: &["ec2:CreateSecurityGroup"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: |of| of.wants(Kind::SecurityGroup),
        on: |of| {
            let vpc = of.stack.network.vpc.as_ref().map_or("*", |it| it.as_str());
            vec![of.arn("ec2", &format!("vpc/{vpc}"))]
        },
        actions: &["ec2:CreateSecurityGroup"],
        ..RIGHT
    },
    // A tag on a group that is there already would make it the stack's own.
    Right {
        sid: "Ec2NewTags",
        purposes: DEPLOY,
        on: groups,
        only: while_making,
        actions: &["ec2:CreateTags"],
        ..RIGHT
    },
    Right {
        sid: "Ec2OwnGroups",
        purposes: CHANGING,
        on: groups,
        only: tagged,
        actions: &["ec2:DeleteSecurityGroup"],
        ..RIGHT
    },
    Right {
        sid: "Ec2OwnGroups",
        purposes: DEPLOY,
        on: groups,
        only: tagged,
        actions: &[
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateTags",
            "ec2:RevokeSecurityGroupIngress",
        ],
        ..RIGHT
    },
];

fn groups(of: &Subject<'_>) -> Vec<String> {
    of.if_wanted(Kind::SecurityGroup, "ec2", "security-group/*")
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn with_our_tag(of: &Subject<'_>) -> Option<Value> {
    let key = format!("aws:RequestTag/{}", tags::STACK);
    Some(json!({ "StringEquals": { key: of.names.stack() } }))
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn while_making(_: &Subject<'_>) -> Option<Value> {
    Some(json!({ "StringEquals": { "ec2:CreateAction": "CreateSecurityGroup" } }))
}
