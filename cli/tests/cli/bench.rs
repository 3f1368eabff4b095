use ragctl_cloud::{Answer, Cloud};
use serde_json::json;

use crate::sandbox::Sandbox;

const BUNDLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../stacks/image/fixtures/bundle");

#[test]
fn cold_starts_on_lambda_are_those_of_versions_that_are_gone_afterwards() {
    let cloud = Cloud::start_blocking();
    cloud.with(|account| {
        let answer = Answer::returning(json!({"statusCode": 200, "body": "{}"}));
        account.region("us-east-1").plant_answer("handbook-app", answer);
    });
    let sandbox = Sandbox::with(&format!(
        "stack: handbook\ntarget: lambda\naws: {{region: us-east-1}}\nimage: {{bundle: '{BUNDLE}'}}\n"
    ));
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let bench = ["bench", "cold-start", "-n", "2", "--warm", "3", "--save", "--json"];
    let ran = sandbox.run_on(&cloud, &bench);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let forced = ran.document();
    assert_eq!(forced["where"], "handbook-app on Lambda, us-east-1");
    assert_eq!(forced["summary"]["ready_s"]["p50"], 0.1, "an init takes 100 ms there");
    for run in forced["runs"].as_array().unwrap() {
        assert_eq!(run["phases"]["start"], run["ready_s"]);
        assert_eq!(run["warm_s"].as_array().unwrap().len(), 3);
    }
    let predicted = sandbox.run(&["budget", "--json"]).document();
    let start = predicted["phases"].as_array().unwrap().iter().find(|it| it["phase"] == "start");
    assert_eq!(start.unwrap()["basis"], "measured");
    assert_eq!(sandbox.run_on(&cloud, &["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn on_fargate_nothing_is_replaced_unasked_and_nothing_where_nothing_is() {
    let file = "stack: handbook\ntarget: fargate\naws: {region: us-east-1}\nservice: {image: 'rag-service:good'}\n";
    let sandbox = Sandbox::with(file);
    let cloud = Cloud::start_blocking();
    let ran = sandbox.run_on(&cloud, &["bench", "cold-start", "-n", "3"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{}", ran.stderr);
    let words = "replacing all tasks of `handbook` 3 times needs your consent";
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: `ragctl bench cold-start --yes`"), "{}", ran.stderr);
    let ran = sandbox.run_on(&cloud, &["bench", "cold-start", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing is deployed for `handbook`"), "{}", ran.stderr);
}

#[test]
fn wrong_input_is_refused_before_anything_is_begun() {
    let sandbox = Sandbox::handbook();
    for (args, words) in [
        (&["-n", "0"][..], "0 is not in 1..=1000"),
        (&["--time-scale", "0"], "a number from 1 to 10000"),
        (&["--provider-model", "seed", "--save"], "cannot be used with"),
        (&["--provider-model", "missing.yaml"], "missing.yaml cannot be read"),
    ] {
        let ran = sandbox.run(&[&["bench", "cold-start"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{args:?}");
        assert!(ran.stderr.contains(words), "{args:?}\n{}", ran.stderr);
    }
}
