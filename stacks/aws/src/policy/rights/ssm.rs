//! Systems Manager: the parameter that is the lease.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>

use crate::policy::right::{CHANGING, OWN, RIGHT, Right};

pub(super) const RIGHTS: &[Right] = &[Right {
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
}];
