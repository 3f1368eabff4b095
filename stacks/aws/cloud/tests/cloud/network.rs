//! Networks, security groups and load balancing: what is refused, and what is read back.

use ragctl_cloud::Cloud;
use serde_json::{Value, json};

use crate::client::{REGION, eventually};
use crate::stack::{Stack, act, try_act};

fn code(cloud: &Cloud, service: &str, action: &str, input: Value) -> String {
    try_act(cloud, service, action, input).unwrap_err().code
}

#[test]
fn a_security_group_in_use_cannot_be_deleted_until_a_while_after() {
    let stack = Stack::new();
    let cloud = &stack.cloud;
    let delete = || try_act(cloud, "ec2", "DeleteSecurityGroup", json!({"GroupId": stack.group}));
    assert_eq!(delete().unwrap_err().code, "DependencyViolation");
    let elb = "elasticloadbalancing";
    let balancers = act(cloud, elb, "DescribeLoadBalancers", json!({"Names": ["api"]}));
    let arn = balancers["LoadBalancers"][0]["LoadBalancerArn"].clone();
    act(cloud, elb, "DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
    assert_eq!(delete().unwrap_err().code, "DependencyViolation");
    eventually(|| delete().ok());
    let listeners = cloud.leftovers();
    assert!(!listeners.iter().any(|each| each.contains("listener")), "{listeners:?}");
}

#[test]
fn rules_are_kept_apart_and_not_taken_twice() {
    let cloud = Cloud::start_blocking();
    let named = json!({"GroupName": "a", "GroupDescription": "a"});
    let made = act(&cloud, "ec2", "CreateSecurityGroup", named.clone());
    assert_eq!(code(&cloud, "ec2", "CreateSecurityGroup", named), "InvalidGroup.Duplicate");
    let rule = json!({"GroupId": made["groupId"], "IpPermissions": [{"IpProtocol": "tcp",
        "FromPort": "80", "ToPort": "80", "IpRanges": [{"CidrIp": "0.0.0.0/0"},
        {"CidrIp": "10.0.0.0/8", "Description": "us"}]}]});
    act(&cloud, "ec2", "AuthorizeSecurityGroupIngress", rule.clone());
    let twice = code(&cloud, "ec2", "AuthorizeSecurityGroupIngress", rule.clone());
    assert_eq!(twice, "InvalidPermission.Duplicate");
    let shown = act(&cloud, "ec2", "DescribeSecurityGroups", json!({"GroupId": [made["groupId"]]}));
    let permissions = &shown["securityGroupInfo"][0]["ipPermissions"];
    assert_eq!(permissions[0]["ipRanges"][1]["description"], "us");
    assert_eq!(permissions.as_array().unwrap().len(), 1);
    act(&cloud, "ec2", "RevokeSecurityGroupIngress", rule.clone());
    let gone = code(&cloud, "ec2", "RevokeSecurityGroupIngress", rule);
    assert_eq!(gone, "InvalidPermission.NotFound");
}

#[test]
fn a_second_network_has_private_subnets() {
    let cloud = Cloud::start_blocking();
    let network = cloud.with(|account| account.region(REGION).plant_network(true));
    let tables = act(
        &cloud,
        "ec2",
        "DescribeRouteTables",
        json!({"Filter": [
        {"Name": "association.subnet-id", "Value": [network.private[0]]}]}),
    );
    let routes = &tables["routeTableSet"][0]["routeSet"];
    assert!(routes[1]["natGatewayId"].as_str().unwrap().starts_with("nat-"));
}

#[test]
fn load_balancing_refuses_as_aws_does() {
    let stack = Stack::new();
    let cloud = &stack.cloud;
    let elb = "elasticloadbalancing";
    let same = json!({"Name": "api", "Subnets": stack.subnets, "SecurityGroups": [stack.group]});
    act(cloud, elb, "CreateLoadBalancer", same);
    let other = json!({"Name": "api", "Subnets": stack.subnets, "Scheme": "internal"});
    assert_eq!(code(cloud, elb, "CreateLoadBalancer", other), "DuplicateLoadBalancerName");
    let one = json!({"Name": "one", "Subnets": [stack.subnets[0]]});
    assert_eq!(code(cloud, elb, "CreateLoadBalancer", one), "ValidationError");
    let missing = code(cloud, elb, "DescribeLoadBalancers", json!({"Names": ["no"]}));
    assert_eq!(missing, "LoadBalancerNotFound");
    let in_use = json!({"TargetGroupArn": stack.target_group});
    assert_eq!(code(cloud, elb, "DeleteTargetGroup", in_use.clone()), "ResourceInUse");
    let slow = json!({"TargetGroupArn": stack.target_group, "HealthCheckIntervalSeconds": "5",
        "HealthCheckTimeoutSeconds": "5"});
    assert_eq!(code(cloud, elb, "ModifyTargetGroup", slow), "ValidationError");
    let groups = act(cloud, elb, "DescribeTargetGroups", json!({"Names": ["api"]}));
    assert_eq!(groups["TargetGroups"][0]["LoadBalancerArns"].as_array().unwrap().len(), 1);

    let balancer = groups["TargetGroups"][0]["LoadBalancerArns"][0].clone();
    let listener = |protocol: &str, port: &str, certificate: &str| {
        json!({"LoadBalancerArn": balancer, "Port": port, "Protocol": protocol,
            "Certificates": [{"CertificateArn": certificate}],
            "DefaultActions": [{"Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "404"}}]})
    };
    let taken = code(cloud, elb, "CreateListener", listener("HTTP", "80", "arn:x"));
    assert_eq!(taken, "DuplicateListener");
    let unknown = code(cloud, elb, "CreateListener", listener("HTTPS", "443", "arn:x"));
    assert_eq!(unknown, "CertificateNotFound");
    let issued =
        cloud.with(|account| account.region(REGION).plant_certificate("a.example", "ISSUED"));
    let made = act(cloud, elb, "CreateListener", listener("HTTPS", "443", &issued));
    let arn = made["Listeners"][0]["ListenerArn"].clone();
    let rule = json!({"ListenerArn": arn, "Priority": "1", "Actions": [{"Type": "forward",
        "TargetGroupArn": stack.target_group}],
        "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}]});
    act(cloud, elb, "CreateRule", rule.clone());
    assert_eq!(code(cloud, elb, "CreateRule", rule), "PriorityInUse");
    let rules = act(cloud, elb, "DescribeRules", json!({"ListenerArn": arn}));
    assert_eq!(rules["Rules"][0]["Conditions"][0]["PathPatternConfig"]["Values"][0], "/a");
    assert_eq!(rules["Rules"][1]["Priority"], "default");
}
