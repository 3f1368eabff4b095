//! CloudFront: the distribution before the balancer. Its ARN ends in an id of CloudFront's own, so that it is told by its tag, and
//! before it has been read by nothing.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html>,
//! <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistributionWithTags.html>

use ragctl_stacks::address::Kind;
use serde_json::{Value, json};

use crate::{
    policy::{
        right::{CHANGING, DEPLOY, RIGHT, Right, tagged},
        subject::Subject,
    },
    tags,
};

pub(super) const RIGHTS: &[Right] = &[
    Right { need: is_wanted, actions: &["cloudfront:ListDistributions"], ..RIGHT },
    Right {
        sid: ANY,
        on: distributions,
        actions: &["cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"],
        ..RIGHT
    },
    Right {
        sid: ANY,
        purposes: CHANGING,
        on: distributions,
        actions: &["cloudfront:GetDistribution"],
        ..RIGHT
    },
    Right {
        sid: ANY,
        purposes: DEPLOY,
        on: distributions,
        actions: &["cloudfront:CreateDistribution"],
        ..RIGHT
    },
    Right {
        sid: "CloudFrontNew",
        purposes: DEPLOY,
        on: distributions,
        only: tagged_as_ours,
        actions: &["cloudfront:TagResource"],
        ..RIGHT
    },
    Right {
        sid: OURS,
        purposes: DEPLOY,
        on: distributions,
        only: tagged,
        actions: &["cloudfront:TagResource"],
        ..RIGHT
    },
    Right {
        sid: OURS,
        purposes: CHANGING,
        on: distributions,
        only: tagged,
        actions: &["cloudfront:DeleteDistribution", "cloudfront:UpdateDistribution"],
        ..RIGHT
    },
];

/// On whichever distribution.
const ANY: &str = "CloudFront";

/// On what has the stack's tag.
const OURS: &str = "CloudFrontOwn";

fn is_wanted(of: &Subject<'_>) -> bool {
    of.wants(Kind::Edge)
}

fn distributions(of: &Subject<'_>) -> Vec<String> {
    is_wanted(of).then(|| of.names.distribution_arn(of.account, "*")).into_iter().collect()
}

/// Only with the stack's tag.
#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn tagged_as_ours(of: &Subject<'_>) -> Option<Value> {
    let key = format!("aws:RequestTag/{}", tags::STACK);
    Some(json!({ "StringEquals": { key: of.names.stack() } }))
}
