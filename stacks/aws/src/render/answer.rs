//! What AWS would answer where all goes well: as little as the code that sends needs to go on.

use serde_json::{Value, json};

use super::{recorder::Record, reference};

/// The body of an answer; `None` for what nobody asks.
pub(super) fn answer(operation: &str, input: &Value, record: &Record) -> Option<String> {
    let (service, verb) = operation.split_once(' ')?;
    match service {
        "ecs" => Some(ecs(verb, record).to_string()),
        "logs" | "application-autoscaling" | "events" => Some(plain(verb, record).to_string()),
        "ssm" => Some(json!({"Parameter": {"Value": "${key}"}}).to_string()),
        "cloudfront" => Some(distribution(verb, record)),
        "lambda" if verb == "PublishVersion" => {
            let arn = format!("{}:1", reference("function/edge"));
            Some(json!({"FunctionArn": arn, "Version": "1", "State": "Active"}).to_string())
        }
        "lambda" => Some(json!({"FunctionArn": this(record), "State": "Active"}).to_string()),
        "iam" => Some(result(verb, &role(verb, input, record))),
        "sts" => Some(result(verb, &field("Account", &record.account))),
        "elasticloadbalancing" => Some(result(verb, &balancing(verb, record))),
        "ec2" => Some(format!("<{verb}Response>{}</{verb}Response>", network(verb, input, record))),
        _ => None,
    }
}

/// What stands for the id of what is being made.
fn this(record: &Record) -> String {
    record.current.as_ref().map(reference).unwrap_or_default()
}

/// The request by which something was made, if it was.
fn made<'a>(record: &'a Record, operation: &str) -> Option<&'a Value> {
    record.sent.iter().find(|it| it.operation == operation).map(|it| &it.request)
}

fn ecs(verb: &str, record: &Record) -> Value {
    match verb {
        "CreateCluster" => json!({"cluster": {"clusterArn": this(record)}}),
        "RegisterTaskDefinition" => json!({"taskDefinition": {"taskDefinitionArn": this(record)}}),
        "DescribeTaskDefinition" => {
            let definition = made(record, "ecs RegisterTaskDefinition").cloned();
            json!({"taskDefinition": definition, "tags": []})
        }
        "CreateService" => json!({"service": service()}),
        "DescribeServices" => match made(record, "ecs CreateService") {
            Some(_) => json!({"services": [service()]}),
            None => json!({"services": []}),
        },
        "ListTasks" => json!({"taskArns": []}),
        _ => json!({}),
    }
}

/// A service whose rollout is done already.
fn service() -> Value {
    json!({
        "serviceArn": "${service/app}", "status": "ACTIVE",
        "desiredCount": 1, "runningCount": 1, "pendingCount": 0, "events": [],
        "deployments": [{"id": "1", "status": "PRIMARY", "rolloutState": "COMPLETED",
                         "runningCount": 1, "failedTasks": 0}],
    })
}

fn plain(verb: &str, record: &Record) -> Value {
    match verb {
        "PutRule" => json!({"RuleArn": this(record)}),
        "PutTargets" => json!({"FailedEntryCount": 0, "FailedEntries": []}),
        "PutScalingPolicy" => json!({"PolicyARN": this(record), "Alarms": []}),
        _ => json!({}),
    }
}

fn distribution(verb: &str, record: &Record) -> String {
    if verb == "ListDistributions" {
        return element(
            "DistributionList",
            &(field("Quantity", "0") + &field("IsTruncated", "false")),
        );
    }
    let fields = [
        field("Id", &this(record)),
        field("ARN", &this(record)),
        field("Status", "Deployed"),
        field("LastModifiedTime", "1970-01-01T00:00:00Z"),
        field("InProgressInvalidationBatches", "0"),
        field("DomainName", "-"),
    ];
    element("Distribution", &fields.concat())
}

fn role(verb: &str, input: &Value, record: &Record) -> String {
    if verb != "CreateRole" {
        return String::new();
    }
    let name = input["RoleName"].as_str().unwrap_or_default();
    let fields = [
        field("Path", "/"),
        field("RoleName", name),
        field("RoleId", "-"),
        field("Arn", &this(record)),
        field("CreateDate", "1970-01-01T00:00:00Z"),
    ];
    element("Role", &fields.concat())
}

fn balancing(verb: &str, record: &Record) -> String {
    let list = |name: &str, member: String| element(name, &element("member", &member));
    let arn = |of: &str| field(of, &this(record));
    let is_made = |operation| made(record, operation).is_some();
    match verb {
        "CreateTargetGroup" => list("TargetGroups", arn("TargetGroupArn")),
        "CreateLoadBalancer" => list("LoadBalancers", arn("LoadBalancerArn")),
        "CreateListener" => list("Listeners", arn("ListenerArn")),
        "CreateRule" => list("Rules", arn("RuleArn")),
        // A metric's label is made of the ends of both ARNs.
        "DescribeTargetGroups" if is_made("elasticloadbalancing CreateTargetGroup") => {
            let balancers = field("member", "arn:loadbalancer/${load_balancer/app}");
            let arn = field("TargetGroupArn", "arn:targetgroup/${target_group/app}");
            list("TargetGroups", arn + &element("LoadBalancerArns", &balancers))
        }
        "DescribeLoadBalancers" if is_made("elasticloadbalancing CreateLoadBalancer") => {
            list("LoadBalancers", field("DNSName", "${load_balancer/app.dns}"))
        }
        _ => String::new(),
    }
}

fn network(verb: &str, input: &Value, record: &Record) -> String {
    match verb {
        "DescribeSubnets" => {
            let named = input["SubnetId"].as_array().and_then(|it| it.first()?.as_str());
            let filtered = input["Filter"][0]["Value"][0].as_str();
            let vpc = filtered.filter(|it| it.starts_with("vpc-")).unwrap_or("${vpc}");
            let subnet = field("subnetId", named.unwrap_or("${subnets}"))
                + &field("vpcId", vpc)
                + &field("availabilityZone", "-");
            element("subnetSet", &element("item", &subnet))
        }
        "CreateSecurityGroup" => field("groupId", &this(record)),
        "AuthorizeSecurityGroupIngress" => field("return", "true"),
        "DescribeSecurityGroups" => {
            let all = record.sent.iter().filter(|it| it.operation == "ec2 CreateSecurityGroup");
            let group = |it: &super::Sent| {
                let text = |key: &str| it.request[key].as_str().unwrap_or_default().to_owned();
                let tags = it.request["TagSpecification"][0]["Tag"].as_array();
                let tag = |it: &Value| {
                    let text = |key: &str| it[key].as_str().unwrap_or_default();
                    element("item", &(field("key", text("Key")) + &field("value", text("Value"))))
                };
                let tags: String = tags.into_iter().flatten().map(tag).collect();
                let fields = [
                    field("groupId", &reference(&it.address)),
                    field("groupName", &text("GroupName")),
                    field("vpcId", &text("VpcId")),
                    element("tagSet", &tags),
                ];
                element("item", &fields.concat())
            };
            element("securityGroupInfo", &all.map(group).collect::<String>())
        }
        _ => String::new(),
    }
}

fn result(verb: &str, fields: &str) -> String {
    format!("<{verb}Response><{verb}Result>{fields}</{verb}Result></{verb}Response>")
}

fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An element whose content is text.
fn field(name: &str, text: &str) -> String {
    element(name, &text.replace('&', "&amp;").replace('<', "&lt;"))
}
