use std::io::{BufRead, BufReader};

use insta::assert_snapshot;

use crate::sandbox::{self, Sandbox};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::handbook().deployed();
    let line = |second: u32, words: &str| {
        format!("{{\"timestamp\":\"2026-11-21T08:00:0{second}Z\",\"message\":\"{words}\"}}\n")
    };
    sandbox.write(".ragctl/handbook/logs/app-1.log", &(line(1, "one") + &line(3, "three")));
    sandbox.write(".ragctl/handbook/logs/app-2.log", &line(2, "two"));
    sandbox.write(".ragctl/handbook/supervisor.log", "2026-11-21T08:00:00Z INFO a task starts\n");
    sandbox
}

#[test]
fn lines_of_all_tasks_come_in_the_order_of_their_times() {
    let ran = sandbox().run(&["logs"]);
    assert_eq!(ran.code, 0);
    assert_snapshot!(ran.stdout, @r#"
    app-1 | {"timestamp":"2026-11-21T08:00:01Z","message":"one"}
    app-2 | {"timestamp":"2026-11-21T08:00:02Z","message":"two"}
    app-1 | {"timestamp":"2026-11-21T08:00:03Z","message":"three"}
    "#);
}

#[test]
fn one_task_the_supervisor_or_the_last_lines_alone() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run(&["logs", "--task", "app-2"]).stdout.lines().count(), 1);
    assert_snapshot!(sandbox.run(&["logs", "--supervisor"]).stdout, @"supervisor | 2026-11-21T08:00:00Z INFO a task starts");
    let last = sandbox.run(&["logs", "-n", "1", "--json"]).events();
    assert_eq!((last.len(), last[0]["source"].as_str().unwrap()), (1, "app-1"));
}

#[test]
fn without_a_deployment_there_are_no_logs() {
    let ran = Sandbox::handbook().run(&["logs"]);
    assert_eq!(
        ran.told(),
        "exit code: 1\nstderr:\nerror: nothing is deployed for `handbook`\nhint: `ragctl deploy` deploys it\n"
    );
}

#[test]
fn following_goes_on_until_it_is_interrupted() {
    let sandbox = sandbox();
    let mut child = sandbox.spawn(&["logs", "--follow", "-n", "1"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("three"));
    sandbox.write(".ragctl/handbook/logs/app-3.log", "a new task\n");
    assert_eq!(lines.next().unwrap().unwrap(), "app-3 | a new task");
    sandbox::interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
