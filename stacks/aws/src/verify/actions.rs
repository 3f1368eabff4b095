//! What the credentials must be allowed for a deployment: a row for each sort of thing that is called on.

use ragctl_stacks::{desired::public, stack::Stack};

use crate::names::Names;

/// What a deployment calls on one sort of thing.
#[derive(Debug)]
pub(super) struct Actions {
    /// The service, as IAM calls it.
    pub(super) service: &'static str,
    /// The thing as an ARN ends, with `{stack}`, `{region}` and `{listener}`, which is somebody else's, in it; `*` for what
    /// is not told apart.
    on: &'static str,
    /// Which stacks have it.
    when: fn(&Stack) -> bool,
    /// The operations.
    operations: &'static [&'static str],
}

impl Actions {
    /// The actions that a deployment of this stack needs, as IAM writes them.
    pub(super) fn needed_by(&self, stack: &Stack) -> Vec<String> {
        let has_it = (self.when)(stack);
        let is_needed = |it: &&&str| {
            if has_it { is_needed_by(stack, it) } else { LOOKED_FOR.contains(*it) }
        };
        let needed = self.operations.iter().filter(is_needed);
        needed.map(|it| format!("{}:{it}", self.service)).collect()
    }

    /// The ARN of the thing.
    pub(super) fn resource(&self, names: &Names, account: &str, stack: &Stack) -> String {
        let listener = stack.load_balancer.listener.as_ref().map(|it| it.arn.as_str());
        let listener = listener.and_then(|it| it.split_once(":listener/app/"));
        let on = self.on.replace("{stack}", names.stack()).replace("{region}", names.region());
        let on = on.replace("{listener}", listener.map_or("", |(_, rest)| rest));
        match (self.service, on.as_str()) {
            (_, "*") => on,
            ("iam", _) => format!("arn:{}:iam::{account}:{on}", names.partition()),
            (service, _) => names.arn(service, account, &on),
        }
    }
}

/// What is called to find out that something is not there: the file may have had it before.
const LOOKED_FOR: [&str; 4] = ["DescribeConnection", "DescribeRule", "GetFunction", "GetRole"];

fn is_needed_by(stack: &Stack, operation: &str) -> bool {
    let is_bounded = stack.aws.permissions_boundary.is_some();
    match operation {
        "PutScheduledAction" => !stack.autoscaling.schedules.is_empty(),
        "PutRolePermissionsBoundary" => is_bounded,
        "DeleteRolePermissionsBoundary" => !is_bounded,
        _ => true,
    }
}

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

const fn pinged(stack: &Stack) -> bool {
    stack.ping.is_some()
}

fn asked_by_itself(stack: &Stack) -> bool {
    pinged(stack) && public(&stack.load_balancer).is_some()
}

fn asked_by_a_function(stack: &Stack) -> bool {
    pinged(stack) && !asked_by_itself(stack)
}

/// All that a deployment may call, by service. What only takes something away is not here.
pub(super) const ALL: [Actions; 34] = [
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
    Actions {
        service: "events",
        on: "rule/{stack}-keepalive",
        when: pinged,
        operations: &[
            "DescribeRule",
            "ListTagsForResource",
            "ListTargetsByRule",
            "PutRule",
            "PutTargets",
            "TagResource",
        ],
    },
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
    Actions {
        service: "events",
        on: "rule/{stack}-tick",
        when: sleeping,
        operations: &[
            "DescribeRule",
            "ListTagsForResource",
            "ListTargetsByRule",
            "PutRule",
            "PutTargets",
            "TagResource",
        ],
    },
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
        operations: &[
            "AddPermission",
            "CreateFunction",
            "GetFunction",
            "GetFunctionConfiguration",
            "TagResource",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    },
    Actions {
        service: "lambda",
        on: "function:{stack}-wake",
        when: sleeping,
        operations: &[
            "AddPermission",
            "CreateFunction",
            "GetFunction",
            "GetFunctionConfiguration",
            "InvokeFunction",
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

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Every `"ecs CreateService"` in this crate but in its checks.
    fn called(folder: &Path) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("verify") {
                    all.extend(called(&path));
                }
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for quoted in text.split('"').skip(1) {
                let Some((service, operation)) = quoted.split_once(' ') else { continue };
                let is_service = ALL.iter().any(|it| it.service == service);
                let is_operation = operation.starts_with(|c: char| c.is_ascii_uppercase())
                    && operation.chars().all(|c| c.is_ascii_alphanumeric());
                if is_service && is_operation {
                    all.push((service.to_owned(), operation.to_owned()));
                }
            }
        }
        all
    }

    #[test]
    fn all_that_a_deployment_calls_is_listed() {
        // Only a destruction, or a deployment that takes something away, calls these.
        let only_takes_away = |operation: &str| {
            ["Delete", "Remove", "Deregister"].iter().any(|it| operation.starts_with(it))
        };
        let all = called(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        assert!(all.len() > 50, "{all:?}");
        for (service, operation) in all {
            // The one operation here whose action has another name.
            let operation =
                if operation == "Invoke" { "InvokeFunction".to_owned() } else { operation };
            let listed = ALL
                .iter()
                .any(|it| it.service == service && it.operations.contains(&operation.as_str()));
            assert!(listed || only_takes_away(&operation), "{service}:{operation}");
        }
    }

    #[test]
    fn whoever_has_the_printed_policy_passes() {
        let text = "stack: handbook\ntarget: fargate\nservice: {image: a}\n";
        let keepalive = format!("{text}strategies: {{keepalive: true}}\n");
        let sharing = format!(
            "{text}load_balancer: {{listener: {{arn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2', priority: 1, paths: [/a]}}}}\nnetwork: {{security_groups: {{balancer: [sg-0a]}}}}\n"
        );
        let bounded = format!(
            "{text}aws: {{permissions_boundary: 'arn:aws:iam::123456789012:policy/boundary'}}\n"
        );
        let named = format!(
            "{keepalive}load_balancer: {{domain: a.example.org, certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1'}}\n"
        );
        let sleeping = format!("{keepalive}idle: {{after: 10m}}\n");
        for text in [text, &keepalive, &sharing, &bounded, &named, &sleeping] {
            let stack = ragctl_stacks::strategy::applied(
                &ragctl_stacks::config::load(text, "ragctl.yaml", None).unwrap(),
            );
            let (region, account) = ("eu-west-1", "123456789012");
            let names = Names::new("handbook", region);
            let policy = crate::policy(&stack, region, account, crate::Purpose::Deploy).unwrap();
            for of in &ALL {
                let on = of.resource(&names, account, &stack);
                for action in of.needed_by(&stack) {
                    let statements = policy.statements().iter();
                    let mut allowing = statements.filter(|it| it.action.contains(action.as_str()));
                    let is_allowed = allowing.any(|it| it.resource.iter().any(|it| about(it, &on)));
                    assert!(is_allowed, "{action} on {on}");
                }
            }
        }
    }

    /// Whether a pattern, in which `*` stands for anything and `?` for any letter, is about all of a text.
    fn about(pattern: &str, text: &str) -> bool {
        match pattern.as_bytes() {
            [] => text.is_empty(),
            [b'*', ..] => (0..=text.len()).any(|at| about(&pattern[1..], &text[at..])),
            [one, ..] => {
                text.as_bytes().first().is_some_and(|it| *one == b'?' || one == it)
                    && about(&pattern[1..], &text[1..])
            }
        }
    }

    #[test]
    fn the_things_are_called_as_iam_calls_them() {
        let names = Names::new("handbook", "eu-west-1");
        let text = "stack: handbook\ntarget: fargate\nservice: {image: a}\n";
        let stack = ragctl_stacks::config::load(text, "ragctl.yaml", None).unwrap();
        let role = ALL.iter().find(|it| it.service == "iam").unwrap();
        assert_eq!(
            role.resource(&names, "123456789012", &stack),
            "arn:aws:iam::123456789012:role/ragctl-handbook-execution-eu-west-1"
        );
        let rule = ALL.iter().find(|it| it.service == "events").unwrap();
        assert_eq!(
            rule.resource(&names, "123456789012", &stack),
            "arn:aws:events:eu-west-1:123456789012:rule/handbook-keepalive"
        );
    }
}
