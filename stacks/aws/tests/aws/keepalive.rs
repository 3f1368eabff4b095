//! The keep-alive's three ways: a destination where everybody reaches the service over HTTPS, a function where it has no
//! certificate, and a function in its network where it is reached from nowhere else.

use ragctl_cloud::Thing;
use serde_json::{Value, json};

use crate::support::{Home, MINIMAL, lines};

const REGION: &str = "eu-west-1";
const ON: &str = "strategies: {keepalive: true}\n";

/// Deploys a file with the keep-alive, off and on again, and takes it down; what the account had with it on is handed to
/// `look`.
async fn through(home: &Home, file: &str, look: impl Fn(&Home)) {
    let on = format!("{file}{ON}");
    home.deploy(file).await.well();
    for _ in 0..2 {
        let plan = home.deploy(&on).await.well();
        let told = lines(&plan);
        assert!(!told.contains('±') && !told.contains("~ "), "only added: {told}");
        let rest = home.plan(&on).await;
        assert!(rest.is_empty(), "{}", lines(&rest));
        look(home);
        let plan = home.deploy(file).await.well();
        let told = lines(&plan);
        assert!(!told.contains('±') && !told.contains("~ "), "only removed: {told}");
        let rest = home.plan(file).await;
        assert!(rest.is_empty(), "{}", lines(&rest));
    }
    home.deploy(&on).await.well();
    home.destroy(&on).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

/// The target of the rule.
fn target(home: &Home) -> Value {
    home.cloud.with(|account| {
        let asked = json!({"Rule": "handbook-keepalive"});
        account.act(REGION, "events", "ListTargetsByRule", asked).unwrap()["Targets"][0].clone()
    })
}

#[tokio::test]
async fn a_public_name_with_a_certificate_is_asked_by_eventbridge_itself() {
    let home = Home::new().await;
    let certificate = home
        .cloud
        .with(|account| account.region(REGION).plant_certificate("answers.example.com", "ISSUED"));
    let file = format!(
        "{MINIMAL}load_balancer: {{certificate: '{certificate}', domain: answers.example.com}}\n"
    );
    through(&home, &file, |home| {
        let target = target(home);
        assert!(target["Arn"].as_str().unwrap().contains(":api-destination/handbook-keepalive/"));
        assert_eq!(target["Input"], Value::Null, "a GET has no body");
        let patient = json!({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60});
        assert_eq!(target["RetryPolicy"], patient, "a cold back end is not stormed");
        let (destination, connection) = home.cloud.with(|account| {
            let name = json!({"Name": "handbook-keepalive"});
            let ask = |account: &mut ragctl_cloud::Account, what: &str| {
                account.act(REGION, "events", what, name.clone()).unwrap()
            };
            (ask(account, "DescribeApiDestination"), ask(account, "DescribeConnection"))
        });
        assert_eq!(destination["InvocationEndpoint"], "https://answers.example.com/health");
        assert_eq!(destination["HttpMethod"], "GET");
        let key = &connection["AuthParameters"]["ApiKeyAuthParameters"];
        assert_eq!(key["ApiKeyName"], "X-Ragctl-Purpose");
    })
    .await;
}

#[tokio::test]
async fn without_a_certificate_a_function_asks() {
    let home = Home::new().await;
    through(&home, MINIMAL, |home| {
        let target = target(home);
        assert!(target["Arn"].as_str().unwrap().ends_with(":function:handbook-ping"));
        assert_eq!(target["Input"], r#"{"path":"/health"}"#);
        assert_eq!(network(home), Value::Null);
    })
    .await;
}

#[tokio::test]
async fn an_internal_balancer_is_asked_from_within_its_network() {
    let home = Home::new().await;
    let file = format!("{MINIMAL}load_balancer: {{scheme: internal}}\n");
    through(&home, &file, |home| {
        let network = network(home);
        assert_eq!(network["SecurityGroupIds"].as_array().unwrap().len(), 1, "{network}");
        assert!(!network["SubnetIds"].as_array().unwrap().is_empty(), "{network}");
    })
    .await;
}

#[tokio::test]
async fn a_balancer_on_another_port_is_asked_there() {
    let home = Home::new().await;
    let file = format!("{MINIMAL}load_balancer: {{port: 8080}}\n");
    through(&home, &file, |home| {
        home.cloud.with(|account| {
            account.region(REGION).edit(&Thing::Function("handbook-ping"), |it| {
                let asked = it["Environment"]["Variables"]["ENDPOINT"].as_str().unwrap();
                assert!(asked.starts_with("http://") && asked.ends_with(":8080"), "{asked}");
            });
        });
    })
    .await;
}

/// Where the function lies.
fn network(home: &Home) -> Value {
    home.cloud.with(|account| {
        let mut found = Value::Null;
        account.region(REGION).edit(&Thing::Function("handbook-ping"), |it| {
            found = it.get("VpcConfig").cloned().unwrap_or_default();
        });
        found
    })
}
