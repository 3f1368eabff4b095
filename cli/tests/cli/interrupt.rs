use std::process::Command;

use serde_json::{Value, json};

use crate::{
    lease::wait_for,
    sandbox::{Ran, Sandbox},
};

fn interrupted_with(signal: &str) -> (Sandbox, Ran) {
    let sandbox = Sandbox::handbook();
    sandbox.remember(|it| it["step_ms"] = json!(400));
    let child = sandbox.spawn(&["deploy"]);
    wait_for(&sandbox, |record| record["state"]["resources"].as_object().unwrap().len() >= 2);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    let ran = Ran::of(child.wait_with_output().unwrap());
    (sandbox, ran)
}

#[test]
fn an_interruption_stops_says_what_is_done_and_how_to_go_on() {
    for signal in ["-INT", "-TERM"] {
        let (sandbox, ran) = interrupted_with(signal);
        assert_eq!((ran.code, ran.stdout.as_str()), (130, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("error: interrupted\nhint: "), "{}", ran.stderr);
        assert!(ran.stderr.contains("of 7 steps are done"), "{}", ran.stderr);
        let record: Value =
            serde_json::from_str(&sandbox.read(".ragctl/handbook/fake.json")).unwrap();
        assert!(record["state"]["lease"].is_null(), "the lease is given back");
        assert!(record["state"]["resources"].as_object().unwrap().len() < 7);
        sandbox.remember(|it| it["step_ms"] = json!(0));
        assert_eq!(sandbox.run(&["deploy"]).code, 0, "running it again goes on");
        assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
    }
}
