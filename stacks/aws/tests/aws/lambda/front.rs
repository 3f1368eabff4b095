//! What stands before the function: its URL, a balancer, somebody else's listener, or an API.

use ragctl_stacks::backend::Backend;
use serde_json::json;

use super::{LAMBDA, REGION, ask, home};
use crate::support::{Home, lines};

fn behind(front: &str) -> String {
    format!("{LAMBDA}lambda: {{front: {front}}}\n")
}

async fn endpoint(home: &Home, text: &str) -> String {
    home.backend(text).await.status().await.unwrap().unwrap().endpoint.unwrap()
}

#[tokio::test]
async fn a_url_streams_and_lets_everybody_in_until_the_file_says_otherwise() {
    let home = home().await;
    home.deploy(LAMBDA).await.well();
    let url = || ask(&home, "GetFunctionUrlConfig", json!({"Qualifier": "live"}));
    let of = |it: &serde_json::Value| (it["InvokeMode"].clone(), it["AuthType"].clone());
    assert_eq!(of(&url()), (json!("RESPONSE_STREAM"), json!("NONE")));
    assert!(endpoint(&home, LAMBDA).await.starts_with("https://"));
    let policy = || {
        let found = ask(&home, "GetPolicy", json!({"Qualifier": "live"}));
        found["Policy"].as_str().unwrap().to_owned()
    };
    assert!(policy().contains("lambda:InvokeFunctionUrl"), "{}", policy());
    let other = format!(
        "{LAMBDA}lambda: {{auth: iam, response: buffer}}\nstrategies: {{keepalive: true}}\n"
    );
    home.deploy(&other).await.well();
    assert_eq!(of(&url()), (json!("BUFFERED"), json!("AWS_IAM")));
    assert!(!policy().contains("lambda:InvokeFunctionUrl"), "{}", policy());
    let settings = ask(&home, "GetFunctionConfiguration", json!({}));
    assert_eq!(settings["Environment"]["Variables"]["LAMBDA_RESPONSE"], "buffer");
}

#[tokio::test]
async fn a_url_that_lets_nobody_in_any_more_is_opened_again() {
    let home = home().await;
    home.deploy(LAMBDA).await.well();
    ask(&home, "RemovePermission", json!({"Qualifier": "live", "StatementId": "ragctl-url"}));
    let plan = home.plan(LAMBDA).await;
    assert!(lines(&plan).contains("function_url/app"), "{}", lines(&plan));
    home.deploy(LAMBDA).await.well();
    assert!(home.plan(LAMBDA).await.is_empty());
}

#[tokio::test]
async fn each_front_takes_over_from_each_other() {
    let home = home().await;
    let fronts =
        ["url", "load-balancer", "api-gateway", "url", "api-gateway", "load-balancer", "url"];
    for front in fronts {
        let text = behind(front);
        home.deploy(&text).await.well();
        let plan = home.plan(&text).await;
        assert!(plan.is_empty(), "{front}: {}", lines(&plan));
    }
    home.destroy(&behind("url")).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_balancer_calls_what_the_alias_leads_to() {
    let home = home().await;
    let text = behind("load-balancer");
    home.deploy(&text).await.well();
    assert!(endpoint(&home, &text).await.starts_with("http://"));
    let found = home.cloud.with(|account| {
        let elb = "elasticloadbalancing";
        let groups = account.act(REGION, elb, "DescribeTargetGroups", json!({})).unwrap();
        let arn = groups["TargetGroups"][0]["TargetGroupArn"].clone();
        account.act(REGION, elb, "DescribeTargetHealth", json!({"TargetGroupArn": arn})).unwrap()
    });
    let target = found["TargetHealthDescriptions"][0]["Target"]["Id"].as_str().unwrap();
    assert!(target.ends_with(":function:handbook-app:live"), "{target}");
    home.destroy(&text).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_share_of_somebody_elses_listener_leads_to_the_function() {
    let home = home().await;
    let listener = home.cloud.with(|account| {
        let (_, subnets) = account.region(REGION).default_network();
        let elb = "elasticloadbalancing";
        let balancer = json!({"Name": "front", "Subnets": subnets});
        let made = account.act(REGION, elb, "CreateLoadBalancer", balancer).unwrap();
        let listener = json!({
            "LoadBalancerArn": made["LoadBalancers"][0]["LoadBalancerArn"], "Port": "80", "Protocol": "HTTP",
            "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        });
        let made = account.act(REGION, elb, "CreateListener", listener).unwrap();
        made["Listeners"][0]["ListenerArn"].as_str().unwrap().to_owned()
    });
    let before = home.cloud.leftovers();
    let text = format!(
        "{}load_balancer: {{listener: {{arn: '{listener}', priority: 10, paths: [/answers/*]}}}}\n",
        behind("load-balancer")
    );
    home.deploy(&text).await.well();
    let plan = home.plan(&text).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    home.destroy(&text).await.well();
    assert_eq!(home.cloud.leftovers(), before);
}

#[tokio::test]
async fn pings_call_what_the_alias_leads_to() {
    let home = home().await;
    let text = format!("{LAMBDA}strategies: {{keepalive: true}}\n");
    home.deploy(&text).await.well();
    let reached = home
        .cloud
        .with(|account| account.region(REGION).functions_reached_by("handbook-keepalive"));
    assert_eq!(reached.len(), 1, "{reached:?}");
    assert!(reached[0].ends_with(":function:handbook-app:live"), "{reached:?}");
}
