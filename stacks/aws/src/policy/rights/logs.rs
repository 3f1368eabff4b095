//! CloudWatch Logs. A group's ARN ends in `:*`, but where tags are concerned; groups cannot be told apart where they are
//! looked for.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>,
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>

use ragctl_stacks::address::{Address, Kind};

use crate::policy::{
    right::{DEPLOY, DESTROY, LEFT_OUT, OWN, RIGHT, Right},
    subject::Subject,
};

pub(super) const RIGHTS: &[Right] = &[
    Right { actions: &["logs:DescribeLogGroups"], ..RIGHT },
    Right { sid: OWN, on: groups_as_tagged, actions: &["logs:ListTagsForResource"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: groups_as_tagged,
        actions: &["logs:TagResource"],
        ..RIGHT
    },
    // `GetLogEvents` keeps the last words of a task that failed, `FilterLogEvents` is `ragctl logs` and
    // `ragctl bench import`.
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: groups,
        actions: &[
            "logs:CreateLogGroup",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "logs:PutRetentionPolicy",
        ],
        ..RIGHT
    },
    Right { sid: OWN, purposes: DESTROY, on: groups, actions: &["logs:DeleteLogGroup"], ..RIGHT },
    Right {
        sid: LEFT_OUT,
        purposes: DEPLOY,
        on: |of| of.removable(Kind::LogGroup).map(|it| arn(of, it, ":*")).collect(),
        actions: &["logs:DeleteLogGroup"],
        ..RIGHT
    },
];

/// The stack's own group, and those below its name, all of which a plan looks at.
fn groups_as_tagged(of: &Subject<'_>) -> Vec<String> {
    ["", "/*"].map(|end| arn(of, &Address::app(Kind::LogGroup), end)).to_vec()
}

/// The same, as all other actions name them; what is below ends in `*` already.
fn groups(of: &Subject<'_>) -> Vec<String> {
    [":*", "/*"].map(|end| arn(of, &Address::app(Kind::LogGroup), end)).to_vec()
}

fn arn(of: &Subject<'_>, address: &Address, end: &str) -> String {
    of.arn("logs", &format!("log-group:{}{end}", of.names.of(address)))
}
