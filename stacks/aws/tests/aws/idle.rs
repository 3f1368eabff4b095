//! Scale to zero: a service that sleeps is as the file says, and nothing but a caller wakes it.

use ragctl_cloud::Thing;
use ragctl_stacks::{
    backend::{Backend, BackendError},
    status::State,
};
use serde_json::{Value, json};

use crate::support::{Home, MINIMAL, lines};

const REGION: &str = "eu-west-1";
const SERVICE: &str = "service/handbook/handbook";

fn file() -> String {
    format!("{MINIMAL}idle: {{after: 10m}}\nautoscaling: {{maximum: 4}}\n")
}

/// What the function does to send the service to sleep, as far as the account shows it.
fn falls_asleep(home: &Home) {
    turn(home, 0);
    bounds(home, 0, 0);
}

/// Turns the rule to the tasks (1) or to the function (0).
fn turn(home: &Home, to_tasks: u32) {
    home.cloud.with(|account| {
        let rule = Thing::ListenerRule("handbook", 80, 1);
        let turned = account.region(REGION).edit(&rule, |rule| {
            let ways = rule.pointer_mut("/Actions/0/ForwardConfig/TargetGroups").unwrap();
            for way in ways.as_array_mut().unwrap() {
                let is_tasks = way["TargetGroupArn"].as_str().unwrap().contains("/handbook-app/");
                let weight = if is_tasks { to_tasks } else { 1 - to_tasks };
                way["Weight"] = json!(weight.to_string());
            }
        });
        assert!(turned);
    });
}

fn bounds(home: &Home, minimum: u32, maximum: u32) {
    home.cloud.with(|account| {
        let asked = json!({
            "ServiceNamespace": "ecs", "ResourceId": SERVICE, "MinCapacity": minimum,
            "ScalableDimension": "ecs:service:DesiredCount", "MaxCapacity": maximum,
        });
        account.act(REGION, "application-autoscaling", "RegisterScalableTarget", asked).unwrap();
    });
}

/// The bounds, as the account has them.
fn bounds_of(home: &Home) -> (Value, Value) {
    home.cloud.with(|account| {
        let mut found = (Value::Null, Value::Null);
        account.region(REGION).edit(&Thing::ScalableTarget(SERVICE), |it| {
            found = (it["MinCapacity"].clone(), it["MaxCapacity"].clone());
        });
        found
    })
}

/// The weights of the rule of port 80, those of the tasks and of the function.
fn ways(home: &Home) -> Vec<(String, String)> {
    home.cloud.with(|account| {
        let mut found = Vec::new();
        account.region(REGION).edit(&Thing::ListenerRule("handbook", 80, 1), |rule| {
            let ways = rule.pointer("/Actions/0/ForwardConfig/TargetGroups").unwrap();
            found = ways
                .as_array()
                .unwrap()
                .iter()
                .map(|way| {
                    let group = way["TargetGroupArn"].as_str().unwrap();
                    let name = group.split('/').nth(1).unwrap();
                    (name.to_owned(), way["Weight"].as_str().unwrap().to_owned())
                })
                .collect();
        });
        found
    })
}

async fn state(home: &Home) -> State {
    home.backend(&file()).await.status().await.unwrap().unwrap().state
}

#[tokio::test]
async fn it_is_deployed_awake_and_then_nothing_is_planned() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    let plan = home.plan(&file()).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    let awake = [("handbook-app", "1"), ("handbook-wake", "0")];
    assert_eq!(ways(&home), awake.map(|(group, weight)| (group.into(), weight.into())));
    home.destroy(&file()).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn asleep_nothing_is_planned_either() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    falls_asleep(&home);
    assert_eq!(state(&home).await, State::Asleep);
    let plan = home.plan(&file()).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    home.destroy(&file()).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_deployment_does_not_wake_it() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    falls_asleep(&home);
    let changed = file().replace("maximum: 4", "maximum: 6").replace(":good", ":better");
    let changed = changed.replace("after: 10m", "after: 20m");
    let plan = home.deploy(&changed).await.well();
    assert!(lines(&plan).contains("function/wake"), "{}", lines(&plan));
    assert_eq!(bounds_of(&home), (json!(0), json!(0)));
    assert_eq!(state(&home).await, State::Asleep);
    let asleep = [("handbook-app", "0"), ("handbook-wake", "1")];
    assert_eq!(ways(&home), asleep.map(|(group, weight)| (group.into(), weight.into())));
    let rest = home.plan(&changed).await;
    assert!(rest.is_empty(), "{}", lines(&rest));
}

#[tokio::test]
async fn switching_it_on_and_off_replaces_nothing_and_off_wakes() {
    let home = Home::new().await;
    let plain = MINIMAL.to_owned() + "autoscaling: {maximum: 4}\n";
    home.deploy(&plain).await.well();
    let plan = home.deploy(&file()).await.well();
    let told = lines(&plan);
    assert!(!told.contains('±') && !told.contains("destroy"), "{told}");
    falls_asleep(&home);
    home.deploy(&plain).await.well();
    assert_eq!(bounds_of(&home), (json!(1), json!(4)));
    assert_eq!(state(&home).await, State::Running);
    let rest = home.plan(&plain).await;
    assert!(rest.is_empty(), "{}", lines(&rest));
}

#[tokio::test]
async fn where_the_service_has_a_name_other_names_end_in_404() {
    let home = Home::new().await;
    let named = file() + "load_balancer: {domain: handbook.example.org}\n";
    home.deploy(&named).await.well();
    home.cloud.with(|account| {
        let mut hosts = Value::Null;
        account.region(REGION).edit(&Thing::ListenerRule("handbook", 80, 1), |rule| {
            hosts = rule["Conditions"][0]["HostHeaderConfig"]["Values"].clone();
        });
        assert_eq!(hosts, json!(["handbook.example.org"]));
        let mut status = Value::Null;
        account.region(REGION).edit(&Thing::ListenerRule("handbook", 80, 2), |rule| {
            status = rule["Actions"][0]["FixedResponseConfig"]["StatusCode"].clone();
        });
        assert_eq!(status, json!("404"));
    });
    let plan = home.plan(&named).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    // And back: the rule for what is nobody's goes before the one for what is the stack's.
    home.deploy(&file()).await.well();
    let plan = home.plan(&file()).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    home.destroy(&file()).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn behind_somebody_elses_listener_it_is_the_stacks_rule_that_turns() {
    let home = Home::new().await;
    let (listener, _) = crate::shared::listener(&home.cloud, REGION);
    let group = home.cloud.with(|account| account.region(REGION).default_group());
    let sharing = format!(
        "{}load_balancer: {{listener: {{arn: '{listener}', priority: 7, paths: ['/answers/*']}}}}\n\
         network: {{security_groups: {{balancer: [{group}]}}}}\n",
        file()
    );
    // From a balancer of its own to the shared one, and back.
    for text in [&file(), &sharing, &file(), &sharing] {
        home.deploy(text).await.well();
        let plan = home.plan(text).await;
        assert!(plan.is_empty(), "{}", lines(&plan));
    }
    home.destroy(&sharing).await.well();
}

#[tokio::test]
async fn what_the_function_says_is_what_it_is_taken_for() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    let says = |answer: Value| {
        home.cloud.with(|account| account.region(REGION).plant_answer("handbook-wake", answer));
    };
    let backend = home.backend(&file()).await;
    says(json!({"state": "asleep", "changed": true, "reason": "asked to"}));
    assert!(backend.sleep().await.unwrap());
    says(json!({"state": "waking", "changed": false, "reason": "no target is healthy yet"}));
    assert!(!backend.wake().await.unwrap());
    let reason = "there is no service handbook in handbook";
    says(json!({"state": "asleep", "changed": false, "reason": reason}));
    let told = backend.wake().await.unwrap_err().to_string();
    assert!(told.contains(reason), "{told}");
    says(json!({"errorMessage": "not what an action answers"}));
    assert!(backend.sleep().await.unwrap_err().to_string().contains("its log says why"));
}

#[tokio::test]
async fn a_stack_without_idle_never_sleeps() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    let backend = home.backend(MINIMAL).await;
    assert!(matches!(backend.wake().await, Err(BackendError::NeverSleeps)));
    assert!(matches!(backend.sleep().await, Err(BackendError::NeverSleeps)));
}
