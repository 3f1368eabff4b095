//! Where the service is a function of Lambda: itself, its layers, its versions, what is set up ahead of them, and who calls it.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>

use ragctl_stacks::{
    address::{Address, Kind},
    resource::Image,
    stack::Front,
};
use serde_json::{Value, json};

use crate::{
    function,
    policy::{
        right::{CHANGING, DEPLOY, DESTROY, OWN, RIGHT, Right},
        subject::Subject,
    },
};

/// What only functions ask for; what else they ask for is in the tables of other services.
pub(super) const RIGHTS: &[Right] = &[
    Right {
        actions: &[
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "ec2:DescribeSecurityGroups",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroups",
            "events:ListRules",
            "lambda:ListLayers",
        ],
        ..RIGHT
    },
    Right {
        need: has_balancer,
        actions: &[
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeTags",
        ],
        ..RIGHT
    },
    Right { need: shares, actions: &["elasticloadbalancing:DescribeRules"], ..RIGHT },
    Right { need: in_network, actions: &["ec2:DescribeSubnets"], ..RIGHT },
    // Lambda looks at the network of a function that lies in one, in its caller's name.
    // Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
    Right {
        purposes: DEPLOY,
        need: |of| of.stack.lambda.in_network,
        actions: &["ec2:DescribeVpcs"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        on: function,
        actions: &[
            "lambda:GetAlias",
            "lambda:GetFunction",
            "lambda:GetFunctionUrlConfig",
            "lambda:GetPolicy",
            "lambda:ListProvisionedConcurrencyConfigs",
            "lambda:ListVersionsByFunction",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: function,
        actions: &[
            "lambda:AddPermission",
            "lambda:CreateAlias",
            "lambda:CreateFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:GetProvisionedConcurrencyConfig",
            // A version is asked a question before it serves.
            "lambda:InvokeFunction",
            "lambda:PublishVersion",
            "lambda:RemovePermission",
            "lambda:TagResource",
            // `ragctl lambda tune` takes its mark away.
            "lambda:UntagResource",
            "lambda:UpdateAlias",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        on: function,
        actions: &["lambda:DeleteFunction"],
        ..RIGHT
    },
    Right { sid: OWN, purposes: DESTROY, on: function, actions: &["lambda:DeleteAlias"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: function,
        actions: &["lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: has_url,
        on: function,
        actions: &["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: has_url,
        on: function,
        actions: &["lambda:DeleteFunctionUrlConfig", "lambda:RemovePermission"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: |of| has_door(of) || of.wants(Kind::Schedule),
        on: function,
        actions: &["lambda:RemovePermission"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: is_provisioned,
        on: function,
        actions: &["lambda:PutProvisionedConcurrencyConfig"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: is_provisioned,
        on: function,
        actions: &["lambda:DeleteProvisionedConcurrencyConfig"],
        ..RIGHT
    },
    Right {
        sid: "Autoscaling",
        purposes: CHANGING,
        need: is_provisioned,
        on: targets,
        only,
        actions: &["application-autoscaling:DeregisterScalableTarget"],
    },
    Right {
        sid: "Autoscaling",
        purposes: DEPLOY,
        need: is_provisioned,
        on: targets,
        only,
        actions: &[
            "application-autoscaling:PutScalingPolicy",
            "application-autoscaling:RegisterScalableTarget",
        ],
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: has_layers,
        on: layers,
        actions: &[
            "lambda:GetLayerVersion",
            "lambda:ListLayerVersions",
            "lambda:PublishLayerVersion",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: has_layers,
        on: layers,
        actions: &["lambda:DeleteLayerVersion", "lambda:ListLayerVersions"],
        ..RIGHT
    },
    // Lambda lets itself pull the image, in its caller's name.
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: is_built,
        on: repository,
        actions: &["ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        need: |of| of.wants(Kind::Schedule),
        on: rules,
        actions: &["events:ListTagsForResource", "events:ListTargetsByRule"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: |of| of.wants(Kind::Schedule),
        on: rules,
        actions: &["events:PutRule", "events:PutTargets", "events:TagResource"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: CHANGING,
        need: |of| of.wants(Kind::Schedule),
        on: rules,
        actions: &["events:DeleteRule", "events:RemoveTargets"],
        ..RIGHT
    },
];

/// The function, and its versions and alias.
fn function(of: &Subject<'_>) -> Vec<String> {
    let called = of.names.of(&function::service::address());
    let arn = of.arn("lambda", &format!("function:{called}"));
    vec![format!("{arn}:*"), arn]
}

/// All layers of the stack's names, and their versions: a file can name others.
fn layers(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("lambda", &format!("layer:{}-*", of.names.stack()))]
}

fn repository(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("ecr", &format!("repository/{}", of.names.of(&Image::own())))]
}

fn rules(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("events", &format!("rule/{}", of.called(Kind::Schedule, "keepalive")))]
}

fn targets(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("application-autoscaling", "scalable-target/*")]
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
fn only(_: &Subject<'_>) -> Option<Value> {
    Some(json!({ "StringEquals": { "application-autoscaling:service-namespace": "lambda" } }))
}

fn has_url(of: &Subject<'_>) -> bool {
    of.wants(Kind::FunctionUrl)
}

fn has_door(of: &Subject<'_>) -> bool {
    of.wants_at(&Address::app(Kind::FunctionTarget))
}

fn has_balancer(of: &Subject<'_>) -> bool {
    of.stack.lambda.front == Front::LoadBalancer
}

fn shares(of: &Subject<'_>) -> bool {
    has_balancer(of) && of.stack.load_balancer.listener.is_some()
}

fn in_network(of: &Subject<'_>) -> bool {
    of.stack.lambda.in_network || (has_balancer(of) && !shares(of))
}

fn is_provisioned(of: &Subject<'_>) -> bool {
    of.stack.provisioned.is_some()
}

/// Where there are archives there are layers, or there may be with the next edit.
fn has_layers(of: &Subject<'_>) -> bool {
    matches!(of.stack.service.program, ragctl_stacks::stack::Program::Zip { .. })
}

fn is_built(of: &Subject<'_>) -> bool {
    of.wants_at(&Image::own())
}
