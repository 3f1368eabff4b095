//! The life of a stack in the name of users who may do what `ragctl iam policy` prints, and nothing else.

use serde_json::{Value, json};

use crate::{
    home::{FILE, Home},
    ministack::{Key, Ministack},
    ran::Ran,
};

/// Actions that ministack looks up on `*`, or under a condition on tags that it does not know, and that the printed policy has on the
/// stack's own things alone. Those of them that a policy has are allowed on everything here; those that it lacks stay refused.
const NOT_TOLD_APART: [&str; 22] = [
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateTags",
    "ec2:DeleteSecurityGroup",
    "ecs:CreateCluster",
    "ecs:DeleteTaskDefinitions",
    "ecs:DescribeClusters",
    "ecs:ListTasks",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:CreateTargetGroup",
    "events:DeleteRule",
    "events:DescribeConnection",
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
    "lambda:CreateFunction",
];

#[test]
fn the_printed_policies_are_enough_for_the_life_of_a_stack() {
    let home = Home::new(&format!("{FILE}strategies: {{keepalive: true}}\n"));
    let account = Ministack::start();
    let [plan, deploy, destroy] =
        ["plan", "deploy", "destroy"].map(|purpose| account.user(purpose, &policy(&home, purpose)));
    let run = |key: &Key, args: &[&str]| {
        let mut command = home.command(args);
        command.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", &key.secret);
        // ministack has no autoscaling.
        command.env("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", home.account.endpoint());
        Ran::of(command.env("AWS_ENDPOINT_URL", account.endpoint()).output().unwrap())
    };
    let must = |key: &Key, args: &[&str]| {
        let ran = run(key, args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:#?}");
    };
    must(&plan, &["plan"]);
    let refused = run(&plan, &["deploy", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("ssm PutParameter is not allowed"), "{}", refused.stderr);
    must(&deploy, &["deploy", "--yes"]);
    must(&plan, &["plan", "--detailed-exitcode"]);
    must(&deploy, &["status"]);
    assert_eq!(run(&deploy, &["destroy", "--yes"]).code, 1);
    must(&destroy, &["destroy", "--yes"]);
}

/// What is printed, as ministack can apply it.
fn policy(home: &Home, purpose: &str) -> String {
    let printed = home.must(&["iam", "policy", "--for", purpose, "--account", "123456789012"]);
    let mut policy: Value = serde_json::from_str(&printed.stdout).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let allowed = |action: &str| {
        let mut named = statements.iter().flat_map(|it| match &it["Action"] {
            Value::Array(all) => all.iter().collect(),
            one => vec![one],
        });
        named.any(|it| it == action)
    };
    let wider: Vec<&str> = NOT_TOLD_APART.into_iter().filter(|it| allowed(it)).collect();
    statements.push(json!({"Effect": "Allow", "Action": wider, "Resource": "*"}));
    policy.to_string()
}
