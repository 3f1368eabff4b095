//! Lives of several stacks, each call of which the policy must allow.

use std::collections::BTreeSet;

use ragctl_aws::Purpose;
use serde_json::json;

use super::{
    evaluator::action,
    life::{Life, REGION},
};
use crate::{lambda::LAMBDA, support::MINIMAL};

/// What is in a policy though no life calls it, and why.
const UNCALLED: [(&str, &str); 19] = [
    ("lambda:EnableReplication*", "asked of Lambda by CloudFront, in its caller's name"),
    ("lambda:DisableReplication*", "asked of Lambda by CloudFront, in its caller's name"),
    ("iam:PassRole", "asked of IAM by ECS and Lambda when a role is named to them"),
    ("iam:CreateServiceLinkedRole", "asked of IAM by a service that is used for the first time"),
    ("ssm:AddTagsToResource", "asked of IAM by PutParameter with tags"),
    ("cloudwatch:DeleteAlarms", "asked of CloudWatch by autoscaling, in its caller's name"),
    ("cloudwatch:DescribeAlarms", "asked of CloudWatch by autoscaling, in its caller's name"),
    ("cloudwatch:PutMetricAlarm", "asked of CloudWatch by autoscaling, in its caller's name"),
    ("events:UpdateConnection", "called when the answer to CreateConnection got lost"),
    ("ec2:DescribeVpcs", "asked of EC2 by Lambda, in its caller's name"),
    ("ecr:GetRepositoryPolicy", "asked of ECR by Lambda, in its caller's name"),
    ("ecr:SetRepositoryPolicy", "asked of ECR by Lambda, in its caller's name"),
    ("lambda:UntagResource", "called by `ragctl lambda tune`"),
    ("lambda:GetLayerVersion", "asked of Lambda when a function is given a layer"),
    (
        "secretsmanager:CreateSecret",
        "asked of Secrets Manager by EventBridge, in its caller's name",
    ),
    (
        "secretsmanager:DeleteSecret",
        "asked of Secrets Manager by EventBridge, in its caller's name",
    ),
    (
        "secretsmanager:GetSecretValue",
        "asked of Secrets Manager by EventBridge, in its caller's name",
    ),
    (
        "secretsmanager:PutSecretValue",
        "asked of Secrets Manager by EventBridge, in its caller's name",
    ),
    (
        "secretsmanager:UpdateSecret",
        "asked of Secrets Manager by EventBridge, in its caller's name",
    ),
];

const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/rag-service:good";

/// The smallest stack, and what its numbers can change.
async fn plain() -> Life {
    let other_image = MINIMAL.replace("rag-service:good", ECR);
    let changed = format!(
        "{other_image}load_balancer: {{port: 8080, idle_timeout: 90s, health_check: {{path: /readyz}}}}\n\
         logs: {{retention: 30}}\nautoscaling: {{maximum: 4}}\n"
    );
    Life::through(&[MINIMAL.to_owned(), changed, MINIMAL.to_owned()]).await
}

/// An image that is built, then another, then one that is named.
async fn building() -> Life {
    let built = MINIMAL.replace("'rag-service:good'", "build");
    let other = format!("{built}image: {{compression: zstd, keep: 3}}\n");
    Life::through(&[built.clone(), other, MINIMAL.to_owned(), built]).await
}

/// The service as a function: behind its URL, with sandboxes that are set up ahead; behind a balancer, in the network; then the least.
async fn as_a_function() -> Life {
    let models = tempfile::tempdir().unwrap();
    std::fs::write(models.path().join("model"), "1").unwrap();
    let with = |minimum: u32, more: &str| {
        format!(
            "{LAMBDA}lambda: {{layers: {{models: '{}'}}, tracing: true, keep: 1{more}}}\n\
             service: {{secrets: {{LIGHTRAG_API_KEY: 'ssm:/handbook/key'}}}}\n\
             strategies: {{keepalive: true, provisioned-concurrency: {{minimum: {minimum}, maximum: 4}}}}\n",
            models.path().display()
        )
    };
    let mut life = Life::new().await;
    for (content, text) in [
        ("1", LAMBDA.to_owned()),
        ("2", with(1, "")),
        ("3", with(2, ", auth: iam, concurrency: 20")),
        ("4", with(2, ", memory: 512")),
        ("5", with(2, ", front: load-balancer, in_network: true")),
        ("6", with(2, "")),
    ] {
        std::fs::write(models.path().join("model"), content).unwrap();
        life.deploys(&text).await.well();
    }
    life.ends().await;
    life
}

/// The same from an image, behind somebody else's balancer.
async fn as_a_function_from_an_image() -> Life {
    let mut life = Life::new().await;
    let [listener, _] = listeners(&life);
    let shared = format!(
        "{LAMBDA}service: {{image: build}}\nlambda: {{front: load-balancer}}\n\
         load_balancer: {{listener: {{arn: '{listener}', priority: 10, paths: [/a/*]}}}}\n"
    );
    for text in [shared, format!("{LAMBDA}service: {{image: build}}\n")] {
        life.deploys(&text).await.well();
    }
    life.ends().await;
    life
}

/// A certificate that is issued.
fn certificate(life: &Life) -> String {
    life.home
        .cloud
        .with(|account| account.region(REGION).plant_certificate("answers.example.com", "ISSUED"))
}

/// HTTPS, bounds that move, a policy that counts requests, and pings; then without each, and with them again.
async fn full() -> Life {
    let mut life = Life::new().await;
    let certificate = certificate(&life);
    let with = |hour: &str, path: &str| {
        format!(
            "{MINIMAL}load_balancer: {{certificate: '{certificate}', domain: answers.example.com, https_port: 844{hour}}}\n\
             autoscaling: {{requests_in_flight: auto, schedules: {{office: {{schedule: 'cron(0 {hour} * * ? *)', minimum: 2, maximum: 4}}}}}}\n\
             strategies: {{keepalive: {{path: {path}}}}}\n"
        )
    };
    for file in
        [with("8", "/health"), with("9", "/readyz"), MINIMAL.to_owned(), with("8", "/health")]
    {
        life.deploys(&file).await.well();
    }
    life.ends().await;
    life
}

/// A service that sleeps, with pings from within its network, under a name and without one; then neither.
async fn sleeping() -> Life {
    let with = |after: &str, domain: &str| {
        format!(
            "{MINIMAL}idle: {{after: {after}}}\nstrategies: {{keepalive: {{schedule: rate({after_minutes})}}}}\n\
             load_balancer: {{scheme: internal{domain}}}\n",
            after_minutes = after.replace('m', " minutes"),
        )
    };
    let internal = format!("{MINIMAL}load_balancer: {{scheme: internal}}\n");
    let named = with("10m", ", domain: answers.example.com");
    Life::through(&[with("10m", ""), named, with("20m", ""), internal, with("10m", "")]).await
}

/// A service behind CloudFront, in two ways; then not, which leaves what only time removes to a later deployment.
async fn at_the_edge() -> Life {
    let with = |retry_after: &str| {
        format!(
            "{MINIMAL}idle: {{after: 10m}}\nstrategies: {{edge-prewarm: {{retry_after: {retry_after}}}}}\n"
        )
    };
    let without = format!("{MINIMAL}idle: {{after: 10m}}\n");
    Life::through(&[with("30s"), with("45s"), without, with("30s")]).await
}

/// Roles within a boundary, which changes.
async fn bounded() -> Life {
    let within = |name: &str| {
        MINIMAL.replace(
            "aws: {",
            &format!("aws: {{permissions_boundary: 'arn:aws:iam::123456789012:policy/{name}', account: '123456789012', "),
        )
    };
    Life::through(&[within("first"), within("second")]).await
}

/// A balancer of its own, then a rule of another's listener, then of a second listener beside it.
async fn sharing() -> Life {
    let mut life = Life::new().await;
    let listeners = listeners(&life);
    let group = group(&life);
    let with = |listener: &str, priority: u32, path: &str| {
        format!(
            "{MINIMAL}load_balancer: {{listener: {{arn: '{listener}', priority: {priority}, paths: [{path}]}}}}\n\
             network: {{security_groups: {{balancer: [{group}]}}}}\n"
        )
    };
    for file in [
        MINIMAL.to_owned(),
        with(&listeners[0], 10, "/answers/*"),
        with(&listeners[0], 20, "/all/*"),
        with(&listeners[1], 20, "/all/*"),
    ] {
        life.deploys(&file).await.well();
    }
    life.ends().await;
    life
}

/// A revision that fails, and one that is stopped under way.
async fn failing() -> Life {
    let mut life = Life::new().await;
    life.deploys(MINIMAL).await.well();
    let crashing = MINIMAL.replace(":good", ":crash");
    assert!(!life.deploys(&crashing).await.outcome.is_complete());
    let other = MINIMAL.replace(":good", ":other");
    let backend = life.home.backend(&other).await;
    life.home.cloud.set_pace(ragctl_cloud::Pace {
        phase: std::time::Duration::from_millis(200),
        ..ragctl_cloud::Pace::default()
    });
    let wanted = crate::support::desired(&other);
    let stop = async {
        let began =
            |life: &Life| life.home.cloud.calls().iter().any(|it| it.action == "UpdateService");
        while !began(&life) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        backend.stop_rollout().await.unwrap();
    };
    let (deployed, ()) = tokio::join!(crate::support::carry_out(&backend, &wanted), stop);
    assert!(!deployed.outcome.is_complete());
    life.home.cloud.set_pace(ragctl_cloud::Pace::default());
    life.judge(Purpose::Deploy, &other);
    life.deploys(MINIMAL).await.well();
    life.ends().await;
    life
}

/// Two listeners of somebody else's balancer: AWS takes a target group behind one balancer only.
fn listeners(life: &Life) -> [String; 2] {
    life.home.cloud.with(|account| {
        let (_, subnets) = account.region(REGION).default_network();
        let elb = "elasticloadbalancing";
        let balancer = json!({"Name": "front", "Subnets": subnets});
        let made = account.act(REGION, elb, "CreateLoadBalancer", balancer).unwrap();
        ["80", "81"].map(|port| {
            let listener = json!({
                "LoadBalancerArn": made["LoadBalancers"][0]["LoadBalancerArn"], "Port": port, "Protocol": "HTTP",
                "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
            });
            let made = account.act(REGION, elb, "CreateListener", listener).unwrap();
            made["Listeners"][0]["ListenerArn"].as_str().unwrap().to_owned()
        })
    })
}

/// A security group of somebody else.
fn group(life: &Life) -> String {
    life.home.cloud.with(|account| {
        let group = json!({"GroupName": "front", "GroupDescription": "front"});
        let made = account.act(REGION, "ec2", "CreateSecurityGroup", group).unwrap();
        made["groupId"].as_str().unwrap().to_owned()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_is_allowed_and_each_permission_is_used() {
    let lives = [
        plain().await.was_allowed(),
        full().await.was_allowed(),
        sleeping().await.was_allowed(),
        at_the_edge().await.was_allowed(),
        building().await.was_allowed(),
        bounded().await.was_allowed(),
        sharing().await.was_allowed(),
        failing().await.was_allowed(),
        as_a_function().await.was_allowed(),
        as_a_function_from_an_image().await.was_allowed(),
    ];
    for purpose in [Purpose::Plan, Purpose::Deploy, Purpose::Destroy] {
        let calls = lives.iter().flat_map(|it| &it.calls).filter(|it| it.0 == purpose);
        let called: BTreeSet<String> = calls.map(|(_, call)| action(call)).collect();
        let policies = lives.iter().flat_map(|it| &it.policies).filter(|it| it.0 == purpose);
        let statements = policies.flat_map(|(_, policy)| policy.statements());
        let allowed: BTreeSet<&str> = statements.flat_map(|it| it.action.iter().copied()).collect();
        let is_used = |it: &&str| called.contains(*it) || UNCALLED.iter().any(|(no, _)| no == it);
        let unused: Vec<&str> = allowed.into_iter().filter(|it| !is_used(it)).collect();
        assert_eq!(unused, Vec::<&str>::new(), "{purpose:?}");
    }
}
