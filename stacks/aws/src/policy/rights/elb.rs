//! Elastic Load Balancing. What it describes cannot be told apart; what is changed has the stack's name in its ARN, but for
//! the rule of somebody else's listener, which the tag tells.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancing.html>

use ragctl_stacks::address::{Address, Kind};
use serde_json::{Value, json};

use crate::policy::{
    right::{CHANGING, DEPLOY, DESTROY, OWN, RIGHT, Right, tagged},
    subject::Subject,
};

pub(super) const READS: &[Right] = &[
    Right {
        actions: &[
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
        ],
        ..RIGHT
    },
    Right { purposes: DEPLOY, actions: &["elasticloadbalancing:DescribeTargetHealth"], ..RIGHT },
];

pub(super) const CHANGES: &[Right] = &[
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: balancer,
        actions: &[
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetSubnets",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: balancer,
        actions: &["elasticloadbalancing:DeleteLoadBalancer"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: balancer,
        actions: &["elasticloadbalancing:ModifyListener"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: balancer,
        actions: &["elasticloadbalancing:DeleteListener"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: target_group,
        actions: &[
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DESTROY,
        on: target_group,
        actions: &["elasticloadbalancing:DeleteTargetGroup"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: door,
        actions: &[
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:RegisterTargets",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: door,
        actions: &["elasticloadbalancing:DeleteTargetGroup"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: has_rules,
        on: balancer,
        actions: &[
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:SetRulePriorities",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: has_rules,
        on: balancer,
        actions: &["elasticloadbalancing:DeleteRule"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: shared_listener,
        actions: &["elasticloadbalancing:CreateRule"],
        ..RIGHT
    },
    Right {
        sid: "ElbNewRule",
        purposes: DEPLOY,
        on: shared_rules,
        only: while_making,
        actions: &["elasticloadbalancing:AddTags"],
        ..RIGHT
    },
    // No condition here: AWS has none for this action.
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: shared_rules,
        actions: &["elasticloadbalancing:SetRulePriorities"],
        ..RIGHT
    },
    Right {
        sid: "ElbOwnRule",
        purposes: DEPLOY,
        on: own_rule,
        only: tagged,
        actions: &["elasticloadbalancing:AddTags", "elasticloadbalancing:ModifyRule"],
        ..RIGHT
    },
    Right {
        sid: "ElbOwnRule",
        purposes: CHANGING,
        on: own_rule,
        only: tagged,
        actions: &["elasticloadbalancing:DeleteRule"],
        ..RIGHT
    },
];

/// The balancer, and its listeners.
fn balancer(of: &Subject<'_>) -> Vec<String> {
    of.if_wanted(Kind::LoadBalancer, "elasticloadbalancing", "*/app/{stack}/*")
}

fn target_group(of: &Subject<'_>) -> Vec<String> {
    of.if_wanted(Kind::TargetGroup, "elasticloadbalancing", "targetgroup/{stack}-app/*")
}

/// The door of a function.
fn door(of: &Subject<'_>) -> Vec<String> {
    let group = |it: &Address| format!("targetgroup/{}/*", of.names.of(it));
    of.wanted(Kind::FunctionTarget).map(|it| of.arn("elasticloadbalancing", &group(it))).collect()
}

fn has_rules(of: &Subject<'_>) -> bool {
    of.wants(Kind::ListenerRule)
}

fn shared_listener(of: &Subject<'_>) -> Vec<String> {
    of.stack.load_balancer.listener.iter().map(|it| it.arn.to_string()).collect()
}

fn shared_rules(of: &Subject<'_>) -> Vec<String> {
    let rules = |arn: String| format!("{}/*", arn.replacen(":listener/", ":listener-rule/", 1));
    shared_listener(of).into_iter().map(rules).collect()
}

/// Wherever it is: a file that names another listener leaves the rule of the old one behind.
fn own_rule(of: &Subject<'_>) -> Vec<String> {
    let of_another = of.stack.load_balancer.listener.as_ref();
    of_another.map(|_| of.arn("elasticloadbalancing", "listener-rule/app/*")).into_iter().collect()
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn while_making(_: &Subject<'_>) -> Option<Value> {
    Some(json!({ "StringEquals": { "elasticloadbalancing:CreateAction": "CreateRule" } }))
}
