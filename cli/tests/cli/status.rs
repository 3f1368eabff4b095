use std::io::{BufRead, BufReader};

use insta::assert_snapshot;
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use crate::sandbox::{self, Sandbox};

fn sandbox(state: &str) -> Sandbox {
    let sandbox = Sandbox::handbook().deployed();
    let now = Timestamp::now();
    sandbox.remember(|it| {
        it["status"] = json!({
            "state": state, "endpoint": "http://127.0.0.1:1", "revision": "9ab2e74f1c09",
            "rollout": {"revision": "9ab2e74f1c09", "state": "rolled_back", "reason": "no task got healthy"},
            "tasks": [{
                "id": "app-3", "revision": "4f1c099ab2e7", "state": "healthy", "pid": 4711, "address": "127.0.0.1:9",
                "started_at": now - 3700.seconds(), "healthy_after_ms": 42, "in_flight": 2,
                "cpu_percent": 12.4, "memory_bytes": 26_528_973,
            }],
            "scaling": {"minimum": 1, "maximum": 10, "desired": 1},
            "requests": {"users": 12, "pings": 3, "failed": 0, "wakes": 1},
            "schedules": [{"address": "schedule/keepalive", "at": now + 120.seconds()}],
            "time_scale": 60.0, "notes": ["something to look at"],
        });
    });
    sandbox
}

#[test]
fn a_running_stack_shows_all_that_it_knows() {
    let ran = sandbox("running").run(&["status"]);
    let stdout = ran.stdout.replace("1m 59s", "2m 0s");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(stdout, @r"
    handbook (local): running
      endpoint   http://127.0.0.1:1
      revision   9ab2e74f1c09
      scaling    1 wanted, 1 to 10 allowed
      requests   12 from users, 3 pings, 0 failed, woken 1 times
      time       runs 60 times faster than real
      rollout    revision 9ab2e74f1c09 failed and was rolled back: no task got healthy
      schedule   keepalive runs next in 2m 0s
      note       something to look at

      task   state    revision      age    healthy after  busy  cpu   memory    pid
      app-3  healthy  4f1c099ab2e7  1h 1m  42 ms          2     12 %  25.3 MiB  4711
    ");
}

#[test]
fn a_stack_that_is_asleep_is_no_failure_and_is_not_woken() {
    let ran = sandbox("asleep").run(&["status"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.starts_with("handbook (local): asleep; the next request wakes it\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn nothing_deployed_is_no_failure() {
    let ran = Sandbox::handbook().run(&["status"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "handbook (local): nothing is deployed\n"));
}

#[test]
fn the_same_is_there_for_programs() {
    let shown = sandbox("running").run(&["status", "--json"]).document();
    assert_eq!(shown["status"]["tasks"][0]["id"], "app-3");
    let nothing = Sandbox::handbook().run(&["status", "--json"]).document();
    assert_eq!((&nothing["stack"], &nothing["status"]), (&json!("handbook"), &json!(null)));
}

#[test]
fn watching_tells_each_change_until_it_is_interrupted() {
    let sandbox = sandbox("running");
    let mut child = sandbox.spawn(&["status", "--watch", "--json"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut state = || -> serde_json::Value {
        let shown: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        shown["status"]["state"].clone()
    };
    assert_eq!(state(), "running");
    sandbox.remember(|it| it["status"]["state"] = json!("asleep"));
    assert_eq!(state(), "asleep", "what has not changed is not told again");
    sandbox::interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
