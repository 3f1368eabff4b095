//! `EventBridge`: the rule that asks the service on a schedule.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html>

use ragctl_stacks::address::Kind;

use crate::policy::{
    right::{CHANGING, DEPLOY, OWN, RIGHT, Right},
    subject::Subject,
};

pub(super) const RIGHTS: &[Right] = &[
    Right {
        sid: OWN,
        on,
        actions: &["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: is_wanted,
        on,
        actions: &["events:PutRule", "events:PutTargets", "events:TagResource"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: is_wanted,
        on,
        actions: &["events:DeleteRule", "events:RemoveTargets"],
        ..RIGHT
    },
];

fn is_wanted(of: &Subject<'_>) -> bool {
    of.wants(Kind::Schedule)
}

fn on(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("events", &format!("rule/{}", of.called(Kind::Schedule, "keepalive")))]
}
