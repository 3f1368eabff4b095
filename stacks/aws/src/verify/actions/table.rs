//! What a deployment may call, a row for each sort of thing that it is called on.

use ragctl_stacks::{desired::public, stack::Stack};

use super::Actions;

/// All that a deployment may call, by service. What only takes something away is not here.
pub(in crate::verify) const ALL: [Actions; 42] = [
    Actions {
        service: "application-autoscaling",
        on: "*",
        when: always,
        operations: &[
            "DescribeScalableTargets",
            "DescribeScalingPolicies",
            "DescribeScheduledActions",
        ],
    },
    Actions {
        service: "application-autoscaling",
        on: "scalable-target/0",
        when: always,
        operations: &["PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget"],
    },
    Actions {
        service: "ec2",
        on: "*",
        when: always,
        operations: &["DescribeSecurityGroups", "DescribeSubnets"],
    },
    Actions {
        service: "ec2",
        on: "security-group/sg-0",
        when: always,
        operations: &[
            "AuthorizeSecurityGroupIngress",
            "CreateSecurityGroup",
            "CreateTags",
            "RevokeSecurityGroupIngress",
        ],
    },
    Actions {
        service: "ecs",
        on: "*",
        when: always,
        operations: &["DescribeTaskDefinition", "ListTaskDefinitions"],
    },
    Actions {
        service: "ecs",
        on: "cluster/{stack}",
        when: always,
        operations: &["CreateCluster", "DescribeClusters", "TagResource"],
    },
    Actions {
        service: "ecs",
        on: "service/{stack}/{stack}",
        when: always,
        operations: &[
            "CreateService",
            "DescribeServices",
            "ListServiceDeployments",
            "StopServiceDeployment",
            "TagResource",
            "UpdateService",
        ],
    },
    Actions {
        service: "ecs",
        on: "container-instance/{stack}/0",
        when: always,
        operations: &["ListTasks"],
    },
    Actions { service: "ecs", on: "task/{stack}/0", when: always, operations: &["DescribeTasks"] },
    Actions {
        service: "ecs",
        on: "task-definition/{stack}:1",
        when: always,
        operations: &["RegisterTaskDefinition", "TagResource"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "*",
        when: always,
        operations: &[
            "DescribeListeners",
            "DescribeLoadBalancerAttributes",
            "DescribeLoadBalancers",
            "DescribeRules",
            "DescribeTags",
            "DescribeTargetGroupAttributes",
            "DescribeTargetGroups",
            "DescribeTargetHealth",
        ],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "loadbalancer/app/{stack}/0",
        when: alone,
        operations: &[
            "AddTags",
            "CreateListener",
            "CreateLoadBalancer",
            "ModifyLoadBalancerAttributes",
            "SetSecurityGroups",
            "SetSubnets",
        ],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "listener/app/{stack}/0/0",
        when: alone,
        operations: &["ModifyListener"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "listener/app/{listener}",
        when: sharing,
        operations: &["CreateRule"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "listener-rule/app/{listener}/0",
        when: sharing,
        operations: &["AddTags", "ModifyRule", "SetRulePriorities"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "targetgroup/{stack}-app/0",
        when: always,
        operations: &[
            "AddTags",
            "CreateTargetGroup",
            "ModifyTargetGroup",
            "ModifyTargetGroupAttributes",
        ],
    },
    Actions { service: "events", on: "*", when: always, operations: &["ListRules"] },
    Actions { service: "events", on: "rule/{stack}-keepalive", when: pinged, operations: RULE },
    Actions {
        service: "events",
        on: "connection/{stack}-keepalive/0",
        when: asked_by_itself,
        operations: &["CreateConnection", "DescribeConnection", "UpdateConnection"],
    },
    Actions {
        service: "events",
        on: "api-destination/{stack}-keepalive/0",
        when: asked_by_itself,
        operations: &["CreateApiDestination", "DescribeApiDestination", "UpdateApiDestination"],
    },
    Actions { service: "events", on: "rule/{stack}-tick", when: sleeping, operations: RULE },
    Actions {
        service: "elasticloadbalancing",
        on: "targetgroup/{stack}-wake/0",
        when: sleeping,
        operations: &["AddTags", "CreateTargetGroup", "RegisterTargets"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "listener/app/{stack}/0/0",
        when: |it| sleeping(it) && alone(it),
        operations: &["CreateRule"],
    },
    Actions {
        service: "elasticloadbalancing",
        on: "listener-rule/app/{stack}/0/0/0",
        when: |it| sleeping(it) && alone(it),
        operations: &["AddTags", "ModifyRule", "SetRulePriorities"],
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-execution-{region}",
        when: always,
        operations: ROLE,
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-task-{region}",
        when: always,
        operations: ROLE,
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-wake-{region}",
        when: sleeping,
        operations: ROLE,
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-ping-{region}",
        when: asked_by_a_function,
        operations: ROLE,
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-keepalive-{region}",
        when: asked_by_itself,
        operations: ROLE,
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-ping",
        when: asked_by_a_function,
        operations: FUNCTION,
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-wake",
        when: sleeping,
        operations: FUNCTION,
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-wake",
        when: sleeping,
        operations: &["InvokeFunction"],
    },
    Actions {
        service: "cloudfront",
        on: "*",
        when: at_the_edge,
        operations: &["ListDistributions"],
    },
    Actions {
        service: "cloudfront",
        on: "distribution/0",
        when: at_the_edge,
        operations: &[
            "CreateDistribution",
            "GetDistribution",
            "GetDistributionConfig",
            "ListTagsForResource",
            "TagResource",
            "UpdateDistribution",
        ],
    },
    Actions {
        service: "iam",
        on: "role/ragctl-{stack}-edge-{region}",
        when: at_the_edge,
        operations: ROLE,
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-edge-{region}",
        when: at_the_edge,
        operations: &[
            "CreateFunction",
            "EnableReplication*",
            "GetFunction",
            "GetFunctionConfiguration",
            "PublishVersion",
            "TagResource",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    },
    Actions { service: "logs", on: "*", when: always, operations: &["DescribeLogGroups"] },
    Actions {
        service: "logs",
        on: "log-group:/ragctl/{stack}",
        when: always,
        operations: &["CreateLogGroup", "ListTagsForResource", "PutRetentionPolicy", "TagResource"],
    },
    Actions {
        service: "logs",
        on: "log-group:/ragctl/{stack}:*",
        when: always,
        operations: &["FilterLogEvents"],
    },
    Actions {
        service: "ssm",
        on: "parameter/ragctl/{stack}/lease",
        when: always,
        operations: &["AddTagsToResource", "DeleteParameter", "GetParameter", "PutParameter"],
    },
    Actions {
        service: "ssm",
        on: "parameter/ragctl/{stack}/edge",
        when: always,
        operations: &["GetParameter"],
    },
    Actions {
        service: "ssm",
        on: "parameter/ragctl/{stack}/edge",
        when: at_the_edge,
        operations: &["AddTagsToResource", "ListTagsForResource", "PutParameter"],
    },
];

/// What is called on a role.
const ROLE: &[&str] = &[
    "CreateRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "GetRole",
    "GetRolePolicy",
    "PassRole",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UpdateAssumeRolePolicy",
];

/// What is called on a rule of `EventBridge`; whether there is one is found by listing them.
const RULE: &[&str] =
    &["ListTagsForResource", "ListTargetsByRule", "PutRule", "PutTargets", "TagResource"];

/// What is called on a function.
const FUNCTION: &[&str] = &[
    "AddPermission",
    "CreateFunction",
    "GetFunction",
    "GetFunctionConfiguration",
    "TagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
];

const fn always(_: &Stack) -> bool {
    true
}

const fn sharing(stack: &Stack) -> bool {
    stack.load_balancer.listener.is_some()
}

const fn alone(stack: &Stack) -> bool {
    !sharing(stack)
}

const fn sleeping(stack: &Stack) -> bool {
    stack.idle.is_some()
}

const fn at_the_edge(stack: &Stack) -> bool {
    stack.edge.is_some()
}

const fn pinged(stack: &Stack) -> bool {
    stack.ping.is_some()
}

fn asked_by_itself(stack: &Stack) -> bool {
    pinged(stack) && public(&stack.load_balancer).is_some()
}

fn asked_by_a_function(stack: &Stack) -> bool {
    pinged(stack) && !asked_by_itself(stack)
}
