//! Scale to zero: the function that sends the service to sleep and wakes it, as it is deployed, run by Node with AWS's own SDK.
//!
//! fakecloud runs no functions, so Node runs it here: with the variables that the deployed function has. fakecloud has no metrics
//! of balancers either; what the function makes of them is told by its own tests.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    calls::{How, act, call},
    home::{FILE, Home, comes_about},
};

/// A request as a load balancer hands it to a function.
const REQUEST: &str = include_str!("../../../stacks/aws/functions/tests/events/alb-post.json");

/// The function, with what it needs to run outside of AWS.
struct Function<'a> {
    home: &'a Home,
    folder: tempfile::TempDir,
    variables: Value,
}

impl<'a> Function<'a> {
    fn deployed_in(home: &'a Home) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stacks/aws/functions/wake.mjs");
        fs::copy(source, folder.path().join("wake.mjs")).unwrap();
        let sdk = std::env::var_os("AWS_SDK_JS").map(PathBuf::from);
        let sdk = sdk.expect("AWS_SDK_JS names a folder with AWS's SDK for JavaScript");
        symlink(sdk.join("node_modules"), folder.path().join("node_modules")).unwrap();
        let path = "/2015-03-31/functions/handbook-wake/configuration";
        let answer = call("lambda", &How::Rest(path)).send(home.account.port);
        let is: Value = serde_json::from_str(&answer.body).unwrap();
        Self { home, folder, variables: is["Environment"]["Variables"].clone() }
    }

    /// What the function answers to an event.
    fn answer(&self, event: &str) -> Value {
        const RUN: &str = "const { handler } = await import('./wake.mjs');\
            const log = console.log; console.log = console.error;\
            log(JSON.stringify(await handler(JSON.parse(process.env.EVENT))));";
        let mut node = Command::new("node");
        node.args(["--input-type=module", "-e", RUN]).current_dir(self.folder.path());
        node.env("EVENT", event).env("AWS_ENDPOINT_URL", self.home.account.endpoint());
        node.env("AWS_REGION", "us-east-1").env("AWS_ACCESS_KEY_ID", "123456789012");
        node.env("AWS_SECRET_ACCESS_KEY", "x");
        for (name, value) in self.variables.as_object().unwrap() {
            node.env(name, value.as_str().unwrap());
        }
        let ran = node.output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{event}: {told}");
        serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }

    fn action(&self, action: &str) -> Value {
        self.answer(&json!({ "action": action }).to_string())
    }
}

/// The weights of the two ways of the rule: to the tasks, and to the function.
fn ways(home: &Home) -> [String; 2] {
    let elb = |form: String, tag: &str| {
        act(home.account.port, "elasticloadbalancing", &format!("{form}&Version=2015-12-01"), tag)
    };
    let balancers = elb("Action=DescribeLoadBalancers".to_owned(), "LoadBalancerArn");
    let of_balancer = format!("Action=DescribeListeners&LoadBalancerArn={}", balancers[0]);
    let listener = elb(of_balancer, "ListenerArn").remove(0);
    let rules = format!("Action=DescribeRules&ListenerArn={listener}");
    let weights = elb(rules, "Weight");
    [weights[0].clone(), weights[1].clone()]
}

/// Has ECS keep so many tasks, in autoscaling's stead: fakecloud keeps bounds, and moves nothing into them.
fn scaled_to(home: &Home, count: u32) {
    let body = json!({"cluster": "handbook", "service": "handbook", "desiredCount": count});
    let target = "AmazonEC2ContainerServiceV20141113.UpdateService";
    let update = call("ecs", &How::Json(target, &body.to_string()));
    assert_eq!(update.send(home.account.port).status, 200);
}

fn state(home: &Home) -> String {
    let status: Value = serde_json::from_str(&home.must(&["status", "--json"]).stdout).unwrap();
    status["status"]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_stack_is_sent_to_sleep_woken_by_a_request_and_answers() {
    let home = Home::new(&format!("{FILE}idle: {{after: 10m}}\n"));
    home.must(&["deploy", "--yes"]);
    home.is_settled();
    let function = Function::deployed_in(&home);
    assert_eq!(ways(&home), ["1", "0"]);

    let slept = function.action("sleep");
    assert_eq!((&slept["state"], &slept["changed"]), (&json!("asleep"), &json!(true)), "{slept}");
    assert_eq!(ways(&home), ["0", "1"]);
    scaled_to(&home, 0);
    assert!(comes_about(|| state(&home) == "asleep"), "{}", state(&home));
    home.is_settled();
    home.write(&format!("{FILE}idle: {{after: 20m}}\n"));
    home.must(&["deploy", "--yes"]);
    assert_eq!(state(&home), "asleep", "a deployment lets it sleep");

    let told = function.answer(REQUEST);
    assert_eq!((&told["statusCode"], &told["headers"]["retry-after"]), (&json!(503), &json!("30")));
    scaled_to(&home, 1);
    // The request after it comes when a task is healthy: the rule leads there again.
    let leads_back = || function.answer(REQUEST)["headers"]["retry-after"] == "5";
    assert!(comes_about(leads_back), "{}", function.action("state"));
    assert_eq!(ways(&home), ["1", "0"]);
    home.is_settled();
    assert!(home.post("/query", r#"{"query": "Is anybody there?"}"#).contains("response"));

    home.must(&["destroy", "--yes"]);
    assert_eq!(home.account.holds("handbook"), Vec::<&str>::new());
}
