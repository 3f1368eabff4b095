//! `EventBridge`: the rules that call something on a schedule, and the destination that one of them can ask. What has an id of
//! `EventBridge`'s own at the end of its ARN is named up to there.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html>

use ragctl_stacks::address::Kind;

use crate::{
    policy::{
        right::{CHANGING, DEPLOY, OWN, RIGHT, Right},
        subject::Subject,
    },
    schedule,
};

pub(super) const RIGHTS: &[Right] = &[
    Right { sid: OWN, on: rules, actions: &["events:DescribeRule"], ..RIGHT },
    Right {
        sid: OWN,
        need: has_schedules,
        on: rules,
        actions: &["events:ListTagsForResource", "events:ListTargetsByRule"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: has_schedules,
        on: rules,
        actions: &["events:PutRule", "events:PutTargets", "events:TagResource"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: has_schedules,
        on: rules,
        actions: &["events:DeleteRule", "events:RemoveTargets"],
        ..RIGHT
    },
    Right { sid: OWN, on: connection, actions: &["events:DescribeConnection"], ..RIGHT },
    Right {
        sid: OWN,
        need: asks_itself,
        on: destination,
        actions: &["events:DescribeApiDestination"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: asks_itself,
        on: both,
        actions: &[
            "events:CreateApiDestination",
            "events:CreateConnection",
            "events:UpdateApiDestination",
            "events:UpdateConnection",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: asks_itself,
        on: both,
        actions: &["events:DeleteApiDestination", "events:DeleteConnection"],
        ..RIGHT
    },
    // EventBridge keeps the header of a connection as a secret, in its caller's name.
    // Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html>
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: asks_itself,
        on: secret,
        actions: &["secretsmanager:DeleteSecret", "secretsmanager:GetSecretValue"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: asks_itself,
        on: secret,
        actions: &[
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecret",
        ],
        ..RIGHT
    },
];

fn has_schedules(of: &Subject<'_>) -> bool {
    of.wants(Kind::Schedule)
}

fn asks_itself(of: &Subject<'_>) -> bool {
    of.wants(Kind::Destination)
}

fn rules(of: &Subject<'_>) -> Vec<String> {
    let rule = |name| of.arn("events", &format!("rule/{}", of.called(Kind::Schedule, name)));
    schedule::ALL.map(rule).to_vec()
}

fn connection(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("events", &format!("connection/{}*", of.called(Kind::Connection, "keepalive")))]
}

fn destination(of: &Subject<'_>) -> Vec<String> {
    let called = of.called(Kind::Destination, "keepalive");
    vec![of.arn("events", &format!("api-destination/{called}*"))]
}

fn both(of: &Subject<'_>) -> Vec<String> {
    [connection(of), destination(of)].concat()
}

fn secret(of: &Subject<'_>) -> Vec<String> {
    let called = of.called(Kind::Connection, "keepalive");
    vec![of.arn("secretsmanager", &format!("secret:events!connection/{called}/*"))]
}
