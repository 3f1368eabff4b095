use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::sandbox::{Ran, Sandbox};

/// Lets grace hold the lease for a time from now on.
fn held(sandbox: &Sandbox, for_seconds: i64) {
    let now = Timestamp::now();
    let expires_at = now + for_seconds.seconds();
    sandbox.remember(|it| {
        it["state"]["lease"] = json!({
            "format": 1, "id": "theirs", "holder": "grace", "host": "harbour",
            "command": "ragctl deploy", "taken_at": now, "expires_at": expires_at,
        });
    });
}

#[test]
fn a_second_deployment_is_refused_and_says_who_holds_the_lease() {
    let sandbox = Sandbox::handbook();
    held(&sandbox, 60);
    for args in [&["deploy"][..], &["destroy", "--yes"], &["strategy", "enable", "prewarm"]] {
        let ran = sandbox.run(args);
        assert_eq!(ran.code, 1, "{args:?}");
        let who = "error: the stack is being changed by grace on harbour (`ragctl deploy`, until ";
        assert!(ran.stderr.contains(who), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: `--lease-wait 5m` waits for its end"), "{}", ran.stderr);
    }
    assert_eq!(sandbox.run(&["plan"]).code, 0, "reading needs no lease");
}

#[test]
fn a_second_deployment_can_wait_for_the_first() {
    let sandbox = Sandbox::handbook();
    held(&sandbox, 2);
    let began = Instant::now();
    let ran = sandbox.run(&["deploy", "--lease-wait", "30s"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(began.elapsed() >= Duration::from_secs(1));
    let told = "grace on harbour is changing the stack (`ragctl deploy`); waiting up to 30s\n";
    assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
}

#[test]
fn waiting_ends() {
    let sandbox = Sandbox::handbook();
    held(&sandbox, 600);
    let ran = sandbox.run(&["deploy", "--lease-wait", "1s"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("error: the stack is being changed by grace"), "{}", ran.stderr);
}

#[test]
fn the_lease_is_held_while_working_and_given_back_at_the_end() {
    let sandbox = Sandbox::handbook();
    sandbox.remember(|it| it["step_ms"] = json!(300));
    let child = sandbox.spawn(&["deploy"]);
    let held = wait_for(&sandbox, |record| !record["state"]["lease"].is_null());
    let lease = &held["state"]["lease"];
    assert_eq!((&lease["holder"], &lease["command"]), (&json!("ada"), &json!("ragctl deploy")));
    let status = sandbox.run(&["status"]);
    assert!(status.stdout.contains("ada on "), "{}", status.stdout);
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).code, 0);
    let after: Value = serde_json::from_str(&sandbox.read(".ragctl/handbook/fake.json")).unwrap();
    assert!(after["state"]["lease"].is_null());
}

#[test]
fn a_failed_deployment_gives_the_lease_back_too() {
    let sandbox = Sandbox::handbook();
    sandbox.remember(|it| it["state"]["refuses"] = json!(["service/app"]));
    assert_eq!(sandbox.run(&["deploy"]).code, 1);
    let after: Value = serde_json::from_str(&sandbox.read(".ragctl/handbook/fake.json")).unwrap();
    assert!(after["state"]["lease"].is_null());
}

#[test]
fn unlocking_shows_the_holder_and_needs_consent() {
    let sandbox = Sandbox::handbook();
    held(&sandbox, 60);
    let ran = sandbox.run(&["unlock"]);
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.starts_with("grace on harbour: `ragctl deploy`, last renewed "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: `ragctl unlock --yes` agrees beforehand"), "{}", ran.stderr);
    let ran = sandbox.run(&["unlock", "--yes"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "handbook: the lease of grace was ended\n"));
    let ran = sandbox.run(&["unlock", "--yes"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "handbook: nobody is changing it\n"));
    assert_eq!(sandbox.run(&["deploy"]).code, 0);
}

/// Looks until the fake remembers what it should, for ten seconds at most.
pub(crate) fn wait_for(sandbox: &Sandbox, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let file = sandbox.path(".ragctl/handbook/fake.json");
        let record = std::fs::read(file).ok().and_then(|it| serde_json::from_slice(&it).ok());
        if let Some(record) = record.filter(|it| wanted(it)) {
            return record;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "it did not come about");
        std::thread::sleep(Duration::from_millis(10));
    }
}
