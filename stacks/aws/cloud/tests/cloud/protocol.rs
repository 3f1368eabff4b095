//! Success and failure in the form of each protocol.

use ragctl_cloud::Cloud;
use serde_json::{Value, json};

use crate::client::{json as call, query, rest};

#[test]
fn json_answers_and_refuses_in_json() {
    let cloud = Cloud::start_blocking();
    let made = call(&cloud, "ecs", "CreateCluster", &json!({"clusterName": "main"}));
    assert_eq!(made.status, 200);
    assert!(made.head.contains("x-amzn-requestid: "));
    assert_eq!(made.json()["cluster"]["status"], "ACTIVE");

    let input = json!({"cluster": "other", "services": ["api"]});
    let refused = call(&cloud, "ecs", "DescribeServices", &input);
    assert_eq!(refused.status, 400);
    assert!(refused.head.contains("x-amzn-errortype: clusternotfoundexception"));
    assert_eq!(refused.json()["__type"], "ClusterNotFoundException");
}

#[test]
fn query_answers_and_refuses_in_xml() {
    let cloud = Cloud::start_blocking();
    let caller = query(&cloud, "sts", "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!((caller.status, caller.xml("Account")), (200, "123456789012"));
    assert!(caller.body.starts_with("<GetCallerIdentityResponse><GetCallerIdentityResult>"));

    let form = "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%7B%22Version%22%3A%20%22a%22%7D\
                &Tags.member.1.Key=stack&Tags.member.1.Value=a%26b";
    assert_eq!(query(&cloud, "iam", form).status, 200);
    let role = query(&cloud, "iam", "Action=GetRole&RoleName=r");
    assert_eq!(role.xml("AssumeRolePolicyDocument"), "%7B%22Version%22%3A%20%22a%22%7D");
    assert_eq!(role.xml("Value"), "a&amp;b");

    let again = query(&cloud, "iam", form);
    assert_eq!((again.status, again.xml("Code")), (409, "EntityAlreadyExists"));
    let missing = query(&cloud, "iam", "Action=GetRole&RoleName=no");
    assert_eq!((missing.status, missing.xml("Code")), (404, "NoSuchEntity"));
    assert!(missing.body.starts_with("<ErrorResponse><Error><Type>Sender</Type>"));
}

#[test]
fn ec2_answers_and_refuses_in_its_own_xml() {
    let cloud = Cloud::start_blocking();
    let vpcs =
        query(&cloud, "ec2", "Action=DescribeVpcs&Filter.1.Name=is-default&Filter.1.Value.1=true");
    assert!(vpcs.xml("vpcSet").contains("<isDefault>true</isDefault>"));
    let subnets = query(
        &cloud,
        "ec2",
        "Action=DescribeSubnets&Filter.1.Name=default-for-az&Filter.1.Value.1=true",
    );
    assert_eq!(subnets.body.matches("<item><availabilityZone>").count(), 3);

    let missing = query(&cloud, "ec2", "Action=DeleteSecurityGroup&GroupId=sg-1");
    assert_eq!((missing.status, missing.xml("Code")), (400, "InvalidGroup.NotFound"));
    assert!(missing.body.starts_with("<Response><Errors><Error><Code>"));
}

#[test]
fn lambda_answers_and_refuses_by_status() {
    let cloud = Cloud::start_blocking();
    let role = cloud.with(|account| account.plant_role("fn", "lambda.amazonaws.com"));
    let missing = rest(&cloud, "GET /2015-03-31/functions/f", &Value::Null);
    assert_eq!(missing.status, 404);
    assert!(missing.head.contains("x-amzn-errortype: resourcenotfoundexception"));

    let input = json!({"FunctionName": "f", "Role": role, "Runtime": "python3.13",
        "Handler": "a.b", "Code": {"ZipFile": "UEsFBg=="}, "Tags": {"stack": "a"}});
    let made = rest(&cloud, "POST /2015-03-31/functions", &input);
    assert_eq!((made.status, &made.json()["State"]), (201, &json!("Pending")));
    let again = rest(&cloud, "POST /2015-03-31/functions", &input);
    assert_eq!(again.status, 409);
    let arn = made.json()["FunctionArn"].as_str().unwrap().replace(':', "%3A");
    let tags = rest(&cloud, &format!("GET /2017-03-31/tags/{arn}"), &Value::Null);
    assert_eq!(tags.json()["Tags"]["stack"], "a");
    assert_eq!(rest(&cloud, "DELETE /2015-03-31/functions/f", &Value::Null).status, 204);
}

#[test]
fn what_is_not_written_here_says_so() {
    let cloud = Cloud::start_blocking();
    let refused = call(&cloud, "ecs", "RunTask", &json!({}));
    assert_eq!((refused.status, &refused.json()["__type"]), (501, &json!("NotImplementedHere")));
    assert!(refused.json()["message"].as_str().unwrap().contains("ecs RunTask"));
}
