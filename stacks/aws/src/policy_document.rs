//! The documents of a role: who may take it on, and what it may do. Written from grants, and read back to them.

use std::collections::BTreeSet;

use ragctl_stacks::{
    address::{Address, Kind},
    resource::{Digest, Grant, Image},
};
use serde_json::{Value, json};

use crate::{
    ecr::{InEcr, in_ecr},
    names::Names,
    tags,
};

/// What somebody needs to pull an image, apart from the token.
const PULL: [&str; 3] =
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// What the log groups of functions that run in CloudFront are called, in each region where one does.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-logs.html>
const EDGE_LOGS: &str = "/aws/lambda/us-east-1.";

/// What a function needs to have addresses in a network.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
const JOIN_NETWORK: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// What a function needs to send traces: AWS cannot tell whose they are.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html>
const TRACE: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/// Who may take a role on. One that CloudFront's functions have is trusted as AWS says, without a word on whose they are: nothing says
/// that whoever copies them tells the account.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html>
pub(crate) fn trust(service: &str, account: &str) -> Value {
    if let Some(both) = service.split_once(", ") {
        return json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": [both.0, both.1] },
                "Action": "sts:AssumeRole",
            }],
        });
    }
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": account } },
        }],
    })
}

/// The service that a trust document trusts; for a document that ragctl does not write, its digest.
pub(crate) fn trusted(document: &str, account: &str) -> String {
    let read: Value = serde_json::from_str(document).unwrap_or(Value::Null);
    let service = match &read["Statement"][0]["Principal"]["Service"] {
        Value::Array(all) => {
            // Those that AWS may give in any order, in the order in which they are written.
            let mut all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            all.sort_unstable_by(|a, b| b.cmp(a));
            all.join(", ")
        }
        one => one.as_str().unwrap_or_default().to_owned(),
    };
    if same(&read, &trust(&service, account)) {
        service
    } else {
        format!("another document ({})", Digest::of(&document))
    }
}

/// What the grants allow; `None` when they allow nothing.
pub(crate) fn policy(grants: &BTreeSet<Grant>, names: &Names, account: &str) -> Option<Value> {
    let mut statements: Vec<Value> = Vec::new();
    for grant in grants {
        statements.extend(of_grant(grant, names, account));
    }
    if grants.iter().any(|it| matches!(it, Grant::PullImage(_) | Grant::PullOwnImage(_))) {
        statements.push(allow(&["ecr:GetAuthorizationToken"], "*"));
    }
    (!statements.is_empty()).then(|| json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn of_grant(grant: &Grant, names: &Names, account: &str) -> Vec<Value> {
    match grant {
        Grant::Wake(service) => wake(service, names, account),
        grant => statement(grant, names, account).into_iter().collect(),
    }
}

fn statement(grant: &Grant, names: &Names, account: &str) -> Option<Value> {
    match grant {
        Grant::PullImage(repository) => Some(allow(&PULL, &repository_arn(repository, names)?)),
        Grant::PullOwnImage(image) => {
            let repository = format!("repository/{}", names.of(image));
            Some(allow(&PULL, &names.arn("ecr", account, &repository)))
        }
        Grant::WriteLogs(group) => {
            let group = names.arn("logs", account, &format!("log-group:{}:*", names.of(group)));
            Some(allow(&["logs:CreateLogStream", "logs:PutLogEvents"], &group))
        }
        Grant::WriteEdgeLogs(function) => {
            let called = names.of(function);
            let group = format!(
                "arn:{}:logs:*:{account}:log-group:{EDGE_LOGS}{called}:*",
                names.partition()
            );
            Some(allow(
                &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                &group,
            ))
        }
        Grant::ReadSecret(secret) => match secret.split_once(':')? {
            ("ssm", path) => {
                let parameter = names.arn("ssm", account, &format!("parameter{path}"));
                Some(allow(&["ssm:GetParameters"], &parameter))
            }
            ("secretsmanager", name) => {
                // Secrets Manager ends each ARN in six characters of its own.
                let secret = names.arn("secretsmanager", account, &format!("secret:{name}-??????"));
                Some(allow(&["secretsmanager:GetSecretValue"], &secret))
            }
            _ => None,
        },
        Grant::Ask(destination) => {
            // EventBridge ends each ARN in an id of its own.
            let called = format!("api-destination/{}/*", names.of(destination));
            let destination = names.arn("events", account, &called);
            Some(allow(&["events:InvokeApiDestination"], &destination))
        }
        Grant::JoinNetwork => Some(allow(&JOIN_NETWORK, "*")),
        Grant::Trace => Some(allow(&TRACE, "*")),
        Grant::Wake(_) | Grant::Other(_) => None,
    }
}

/// What sends a service to sleep and wakes it: the bounds of its autoscaling, the rules that have the stack's tag, and a look at
/// what goes on. Autoscaling asks of its callers that they could do themselves what it does for them.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html>
fn wake(service: &Address, names: &Names, account: &str) -> Vec<Value> {
    let service = names.arn("ecs", account, &format!("service/{0}/{0}", names.of(service)));
    let bounds = names.arn("application-autoscaling", account, "scalable-target/*");
    let rules = names.arn("elasticloadbalancing", account, "listener-rule/app/*");
    let mut change = allow(&["elasticloadbalancing:ModifyRule"], &rules);
    let tag = format!("aws:ResourceTag/{}", tags::STACK);
    change["Condition"] = json!({ "StringEquals": { tag: names.stack() } });
    let mut scale = allow(&["application-autoscaling:RegisterScalableTarget"], &bounds);
    let ecs = json!({ "application-autoscaling:service-namespace": "ecs" });
    scale["Condition"] = json!({ "StringEquals": ecs });
    vec![
        allow(&["ecs:DescribeServices", "ecs:TagResource", "ecs:UpdateService"], &service),
        scale,
        change,
        allow(
            &[
                "application-autoscaling:DescribeScalableTargets",
                "cloudwatch:GetMetricData",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "*",
        ),
    ]
}

fn allow(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
}

/// `123456789012.dkr.ecr.eu-west-1.amazonaws.com/rag` as an ARN.
fn repository_arn(repository: &str, names: &Names) -> Option<String> {
    let InEcr { region, account, repository, .. } = in_ecr(repository)?;
    Some(format!("arn:{}:ecr:{region}:{account}:repository/{repository}", names.partition()))
}

/// The grants that a policy's document stands for; what ragctl does not write becomes its digest.
pub(crate) fn grants(document: &str, names: &Names, account: &str) -> BTreeSet<Grant> {
    let read: Value = serde_json::from_str(document).unwrap_or(Value::Null);
    let statements = read["Statement"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found: BTreeSet<Grant> = statements.iter().filter_map(|it| grant(it, names)).collect();
    if policy(&found, names, account).is_some_and(|ours| same(&ours, &read)) {
        return found;
    }
    let mut found = found;
    found.insert(Grant::Other(Digest::of(&document).to_string()));
    found
}

fn grant(statement: &Value, names: &Names) -> Option<Grant> {
    let resource = statement["Resource"].as_str()?;
    if statement["Action"][0] == JOIN_NETWORK[0] {
        return Some(Grant::JoinNetwork);
    }
    if statement["Action"][0] == TRACE[0] {
        return Some(Grant::Trace);
    }
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [_arn, partition, service, region, account, rest] = parts.as_slice() else { return None };
    match *service {
        "ecr" => {
            let path = rest.strip_prefix("repository/")?;
            if path == names.of(&Image::own()) && *region == names.region() {
                return Some(Grant::PullOwnImage(Image::own()));
            }
            let suffix = if *partition == "aws-cn" { ".cn" } else { "" };
            Some(Grant::PullImage(format!(
                "{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{path}"
            )))
        }
        "logs" => {
            let group = rest.strip_prefix("log-group:")?.strip_suffix(":*")?;
            if let Some(called) = group.strip_prefix(EDGE_LOGS) {
                let function = Address::of(Kind::Function, "edge");
                return (names.of(&function) == called).then_some(Grant::WriteEdgeLogs(function));
            }
            names.address_of(Kind::LogGroup, group).map(Grant::WriteLogs)
        }
        "ssm" => Some(Grant::ReadSecret(format!("ssm:{}", rest.strip_prefix("parameter")?))),
        "secretsmanager" => {
            let name = rest.strip_prefix("secret:")?.strip_suffix("-??????")?;
            Some(Grant::ReadSecret(format!("secretsmanager:{name}")))
        }
        "events" => {
            let (called, _) = rest.strip_prefix("api-destination/")?.split_once('/')?;
            names.address_of(Kind::Destination, called).map(Grant::Ask)
        }
        "ecs" => {
            let service = Address::app(Kind::Service);
            let is_ours = *rest == format!("service/{0}/{0}", names.of(&service));
            is_ours.then_some(Grant::Wake(service))
        }
        _ => None,
    }
}

/// Whether two documents say the same, whatever the order of their lists.
fn same(a: &Value, b: &Value) -> bool {
    canonical(a) == canonical(b)
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(canonical).collect();
            items.sort_by_key(ToString::to_string);
            // IAM writes a list of one as the one.
            if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
        }
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, it)| (key.clone(), canonical(it))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "123456789012";

    fn names() -> Names {
        Names::new("handbook", "eu-west-1")
    }

    fn all() -> BTreeSet<Grant> {
        BTreeSet::from([
            Grant::PullImage(format!("{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/rag")),
            Grant::PullOwnImage(Image::own()),
            Grant::WriteLogs(Address::app(Kind::LogGroup)),
            Grant::WriteEdgeLogs(Address::of(Kind::Function, "edge")),
            Grant::ReadSecret("ssm:/handbook/key".to_owned()),
            Grant::ReadSecret("secretsmanager:handbook/key".to_owned()),
            Grant::Ask(Address::of(Kind::Destination, "keepalive")),
            Grant::Wake(Address::app(Kind::Service)),
            Grant::JoinNetwork,
            Grant::Trace,
        ])
    }

    #[test]
    fn grants_read_back_from_the_document_that_they_make() {
        let document = policy(&all(), &names(), ACCOUNT).unwrap();
        assert_eq!(grants(&document.to_string(), &names(), ACCOUNT), all());
    }

    #[test]
    fn a_document_of_somebody_else_is_seen() {
        let mut document = policy(&all(), &names(), ACCOUNT).unwrap();
        document["Statement"][0]["Action"] = json!("*");
        let read = grants(&document.to_string(), &names(), ACCOUNT);
        assert!(read.iter().any(|it| matches!(it, Grant::Other(_))), "{read:?}");
    }

    #[test]
    fn nothing_in_a_policy_is_wider_than_its_thing_but_what_aws_cannot_tell_apart() {
        let document = policy(&all(), &names(), ACCOUNT).unwrap();
        for statement in document["Statement"].as_array().unwrap() {
            if statement["Resource"] != "*" {
                continue;
            }
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                let is_read = ["Describe", "GetMetricData", "GetAuthorizationToken"]
                    .iter()
                    .any(|it| action.split_once(':').unwrap().1.starts_with(it));
                // The addresses of a function have ids that Lambda chooses, and traces have none that a policy could name.
                let has_no_name = JOIN_NETWORK.contains(&action) || TRACE.contains(&action);
                assert!(is_read || has_no_name, "{action}");
            }
        }
    }

    #[test]
    fn trust_is_read_back() {
        let document = trust("ecs-tasks.amazonaws.com", ACCOUNT).to_string();
        assert_eq!(trusted(&document, ACCOUNT), "ecs-tasks.amazonaws.com");
        let both = "lambda.amazonaws.com, edgelambda.amazonaws.com";
        let document = trust(both, ACCOUNT);
        assert_eq!(trusted(&document.to_string(), ACCOUNT), both);
        let turned = document.to_string().replace(
            r#"["lambda.amazonaws.com","edgelambda.amazonaws.com"]"#,
            r#"["edgelambda.amazonaws.com","lambda.amazonaws.com"]"#,
        );
        assert_ne!(turned, document.to_string());
        assert_eq!(trusted(&turned, ACCOUNT), both);
        assert!(trusted("{}", ACCOUNT).starts_with("another document"));
    }
}
