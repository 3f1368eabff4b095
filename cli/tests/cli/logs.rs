use std::io::{BufRead, BufReader};
use std::time::Duration;

use insta::assert_snapshot;
use ragctl_cloud::Cloud;

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

/// A stack on Fargate whose tasks have logged nothing but what they say at their start.
fn on_fargate() -> (Sandbox, Cloud) {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    (sandbox, cloud)
}

fn log(cloud: &Cloud, task: &str, text: &str) {
    let stream = format!("task/rag-api/{task}");
    let region = |it: &mut ragctl_cloud::Account| {
        it.region("us-east-1").plant_line("/ragctl/handbook", &stream, text)
    };
    assert!(cloud.with(region), "there is a log group");
}

#[test]
fn on_fargate_lines_of_all_tasks_come_from_cloudwatch_in_the_order_of_their_times() {
    let (sandbox, cloud) = on_fargate();
    let ran = sandbox.run_on(&cloud, &["logs"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let (source, text) = ran.stdout.lines().next().unwrap().split_once(" | ").unwrap();
    assert_eq!((source.len(), text), (32, "starting"), "the task's id stands before its line");
    for n in 0..250 {
        if n >= 247 {
            // Lines of one millisecond have no order among streams.
            std::thread::sleep(Duration::from_millis(2));
        }
        log(&cloud, if n % 2 == 0 { "a" } else { "b" }, &format!("line {n}"));
    }
    std::thread::sleep(Duration::from_millis(2));
    log(&cloud, "c", "of another");
    let last = sandbox.run_on(&cloud, &["logs", "-n", "3", "--json"]).events();
    let told = |n: usize| (last[n]["source"].as_str().unwrap(), last[n]["text"].as_str().unwrap());
    assert_eq!(
        [told(0), told(1), told(2)],
        [("a", "line 248"), ("b", "line 249"), ("c", "of another")]
    );
    let of_one = sandbox.run_on(&cloud, &["logs", "--task", "b", "-n", "1000"]);
    assert_eq!(of_one.stdout.lines().count(), 125);
    assert!(of_one.stdout.starts_with("b | line 1\n"), "{}", of_one.stdout);
}

#[test]
fn on_fargate_following_tells_each_line_once_until_it_is_interrupted() {
    let (sandbox, cloud) = on_fargate();
    log(&cloud, "a", "before");
    let mut command = sandbox.command_on(&cloud, &["logs", "--follow", "-n", "1"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "a | before");
    for task in ["a", "new"] {
        log(&cloud, task, "after");
        assert_eq!(lines.next().unwrap().unwrap(), format!("{task} | after"));
    }
    sandbox::interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(lines.next().is_none(), "nothing was told twice");
}

#[test]
fn on_fargate_there_is_no_supervisor_and_without_a_deployment_there_are_no_logs() {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    for args in [&["logs"][..], &["logs", "--follow"]] {
        let ran = sandbox.run_on(&cloud, args);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.starts_with("error: nothing is deployed for `handbook`\n"), "{ran:?}");
    }
    assert_snapshot!(sandbox.run_on(&cloud, &["logs", "--supervisor"]).told(), @r"
    exit code: 64
    stderr:
    error: there is no supervisor on `fargate`: AWS itself runs the tasks there
    hint: `ragctl logs` shows what the tasks say, `ragctl status` what AWS says of them
    ");
}
