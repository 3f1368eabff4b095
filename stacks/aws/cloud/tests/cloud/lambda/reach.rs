//! Who reaches a function by its alias: balancers, and rules.

use serde_json::{Value, json};

use super::{Account, arn};
use crate::stack::{act, try_act};

fn permit(qualifier: Option<&str>, principal: &str, source: &Value) -> Value {
    json!({"FunctionName": "app", "Qualifier": qualifier, "StatementId": "them",
           "Action": "lambda:InvokeFunction", "Principal": principal, "SourceArn": source})
}

#[test]
fn a_balancer_reaches_an_alias_that_lets_it() {
    let account = Account::with_app();
    let elb = "elasticloadbalancing";
    let made = act(
        &account.cloud,
        elb,
        "CreateTargetGroup",
        json!({"Name": "app", "TargetType": "lambda"}),
    );
    let group = made["TargetGroups"][0]["TargetGroupArn"].clone();
    let register = |rest: &str| {
        let targets = json!([{"Id": arn(rest)}]);
        let input = json!({"TargetGroupArn": group, "Targets": targets});
        try_act(&account.cloud, elb, "RegisterTargets", input)
    };
    let balancers = "elasticloadbalancing.amazonaws.com";
    account.does("AddPermission", permit(None, balancers, &group));
    let refused = register(":live").unwrap_err();
    assert_eq!((refused.code.as_str(), refused.status), ("AccessDenied", 403));
    register("").unwrap();
    account.does("AddPermission", permit(Some("live"), balancers, &group));
    register(":live").unwrap();
    assert_eq!(register(":next").unwrap_err().code, "AccessDenied");
}

#[test]
fn a_rule_reaches_an_alias_that_lets_it() {
    let account = Account::with_app();
    let rule = json!({"Name": "warm", "ScheduleExpression": "rate(5 minutes)"});
    let rule = act(&account.cloud, "events", "PutRule", rule)["RuleArn"].clone();
    let targets = json!([{"Id": "1", "Arn": arn(":live")}, {"Id": "2", "Arn": arn(":next")}]);
    let put = json!({"Rule": "warm", "Targets": targets});
    assert_eq!(act(&account.cloud, "events", "PutTargets", put)["FailedEntryCount"], 0);
    let reached = || account.region(|region| region.functions_reached_by("warm"));
    account.does("AddPermission", permit(None, "events.amazonaws.com", &rule));
    assert_eq!(reached(), Vec::<String>::new());
    account.does("AddPermission", permit(Some("live"), "events.amazonaws.com", &rule));
    assert_eq!(reached(), [arn(":live")]);
}
