//! What a deployment of a function may call, a row for each sort of thing that it is called on.

use ragctl_stacks::stack::{Front, Program, Stack};

use super::Actions;

/// All that it may call, by service. What only takes something away is not here.
pub(in crate::verify) const ON_LAMBDA: [Actions; 17] = [
    Actions {
        service: "application-autoscaling",
        on: "*",
        when: always,
        operations: &["DescribeScalableTargets", "DescribeScalingPolicies"],
    },
    Actions {
        service: "application-autoscaling",
        on: "scalable-target/0",
        when: provisioned,
        operations: &["PutScalingPolicy", "RegisterScalableTarget"],
    },
    Actions { service: "ec2", on: "*", when: always, operations: &["DescribeSecurityGroups"] },
    Actions {
        service: "elasticloadbalancing",
        on: "*",
        when: always,
        operations: &["DescribeLoadBalancers", "DescribeTargetGroups"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "targetgroup/{stack}-app/0",
        when: behind_a_balancer,
        operations: &["AddTags", "CreateTargetGroup", "RegisterTargets"],
    },
    Actions { service: "events", on: "*", when: always, operations: &["ListRules"] },
    Actions {
        service: "events",
        on: "rule/{stack}-keepalive",
        when: pinged,
        operations: &[
            "ListTagsForResource",
            "ListTargetsByRule",
            "PutRule",
            "PutTargets",
            "TagResource",
        ],
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-app-{region}",
        when: always,
        operations: &[
            "CreateRole",
            "GetRole",
            "GetRolePolicy",
            "PutRolePolicy",
            "TagRole",
            "UpdateAssumeRolePolicy",
        ],
    },
    Actions { service: "lambda", on: "*", when: always, operations: &["ListLayers"] },
    Actions {
        service: "lambda",
        on: "layer:{stack}-embedder",
        when: packed,
        operations: &["GetLayerVersion", "ListLayerVersions", "PublishLayerVersion"],
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-app",
        when: always,
        operations: &[
            "AddPermission",
            "CreateAlias",
            "CreateFunction",
            "GetAlias",
            "GetFunction",
            "GetFunctionConfiguration",
            "GetFunctionUrlConfig",
            "GetPolicy",
            "InvokeFunction",
            "ListProvisionedConcurrencyConfigs",
            "ListVersionsByFunction",
            "PublishVersion",
            "PutFunctionConcurrency",
            "TagResource",
            "UpdateAlias",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-app",
        when: provisioned,
        operations: &["GetProvisionedConcurrencyConfig", "PutProvisionedConcurrencyConfig"],
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-app",
        when: by_url,
        operations: &["CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"],
    },
    Actions { service: "logs", on: "*", when: always, operations: &["DescribeLogGroups"] },
    Actions {
        service: "logs",
        on: "log-group:/ragctl/{stack}",
        when: always,
        operations: &["ListTagsForResource", "TagResource"],
    },
    Actions {
        service: "logs",
        on: "log-group:/ragctl/{stack}:*",
        when: always,
        operations: &["CreateLogGroup", "PutRetentionPolicy"],
    },
    Actions {
        service: "ssm",
        on: "parameter/ragctl/{stack}/lease",
        when: always,
        operations: &["GetParameter", "PutParameter"],
    },
];

fn always(_: &Stack) -> bool {
    true
}

fn provisioned(stack: &Stack) -> bool {
    stack.provisioned.is_some()
}

fn pinged(stack: &Stack) -> bool {
    stack.ping.is_some()
}

fn by_url(stack: &Stack) -> bool {
    stack.lambda.front == Front::Url
}

fn behind_a_balancer(stack: &Stack) -> bool {
    stack.lambda.front == Front::LoadBalancer
}

fn packed(stack: &Stack) -> bool {
    matches!(stack.service.program, Program::Zip { .. })
}
