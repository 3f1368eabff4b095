//! Application Auto Scaling. Nothing that it describes can be told apart; what is changed has an ARN with an id of AWS's
//! own in it, so that the condition says more.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html>

use ragctl_stacks::address::Kind;
use serde_json::{Value, json};

use crate::policy::{
    right::{CHANGING, DEPLOY, DESTROY, RIGHT, Right},
    subject::Subject,
};

pub(super) const RIGHTS: &[Right] = &[
    Right {
        actions: &[
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "application-autoscaling:DescribeScheduledActions",
        ],
        ..RIGHT
    },
    Right {
        sid: "Autoscaling",
        purposes: DEPLOY,
        on,
        only,
        actions: &["application-autoscaling:RegisterScalableTarget"],
        ..RIGHT
    },
    Right {
        sid: "Autoscaling",
        purposes: DESTROY,
        on,
        only,
        actions: &["application-autoscaling:DeregisterScalableTarget"],
        ..RIGHT
    },
    Right {
        sid: "Autoscaling",
        purposes: DEPLOY,
        need: with_policies,
        on,
        only,
        actions: &["application-autoscaling:PutScalingPolicy"],
    },
    Right {
        sid: "Autoscaling",
        purposes: CHANGING,
        need: with_policies,
        on,
        only,
        actions: &["application-autoscaling:DeleteScalingPolicy"],
    },
    Right {
        sid: "Autoscaling",
        purposes: DEPLOY,
        need: |of| of.wants(Kind::ScheduledAction),
        on,
        only,
        actions: &["application-autoscaling:PutScheduledAction"],
    },
    Right {
        sid: "Autoscaling",
        purposes: CHANGING,
        need: |of| of.wants(Kind::ScheduledAction),
        on,
        only,
        actions: &["application-autoscaling:DeleteScheduledAction"],
    },
    // Autoscaling makes and removes the alarms of its policies itself, and looks first whether its caller could have, with
    // alarms that are not there.
    // Source: <https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html>
    Right {
        sid: "AutoscalingAlarms",
        purposes: CHANGING,
        need: with_policies,
        on: |of| vec![of.arn("cloudwatch", "alarm:*")],
        only: through_a_service,
        actions: &[
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:PutMetricAlarm",
        ],
    },
];

fn with_policies(of: &Subject<'_>) -> bool {
    of.wants(Kind::ScalingPolicy)
}

fn on(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("application-autoscaling", "scalable-target/*")]
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn only(_: &Subject<'_>) -> Option<Value> {
    Some(json!({ "StringEquals": { "application-autoscaling:service-namespace": "ecs" } }))
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn through_a_service(_: &Subject<'_>) -> Option<Value> {
    Some(json!({ "Bool": { "aws:ViaAWSService": "true" } }))
}
