use insta::assert_snapshot;
use ragctl_cloud::Cloud;
use serde_json::json;

use crate::sandbox::{Sandbox, fargate};

/// A task of the stack whose phases take so many seconds each.
fn task(id: &str, cluster: &str, seconds: [u32; 3]) -> serde_json::Value {
    let ends = seconds.iter().scan(0, |end, it| {
        *end += it;
        Some(format!("2026-11-20T10:00:{end:02}Z"))
    });
    let [pull_started, pull_stopped, started] = ends.collect::<Vec<_>>().try_into().unwrap();
    json!({
        "taskArn": format!("arn:aws:ecs:us-east-1:123456789012:task/{cluster}/{id}"),
        "group": format!("service:{cluster}"), "createdAt": "2026-11-20T10:00:00Z",
        "pullStartedAt": pull_started, "pullStoppedAt": pull_stopped, "startedAt": started
    })
}

fn with_tasks() -> Sandbox {
    let sandbox = Sandbox::with(&format!(
        "{}budget: {{image_size: 600, bind: 3s, warm_up: 30s}}\n",
        fargate("good")
    ));
    let tasks = [
        task("0a1", "handbook", [13, 4, 2]),
        task("0a2", "handbook", [15, 5, 3]),
        task("0a3", "wiki", [1, 1, 1]),
    ];
    sandbox.write("tasks.json", &json!({"tasks": tasks}).to_string());
    sandbox
}

const MEASURED: &str = ".ragctl/handbook/measured.json";

#[test]
fn tasks_of_a_file_are_what_predictions_go_by_from_then_on() {
    let sandbox = with_tasks();
    let ran = sandbox.run(&["bench", "import", "tasks.json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @r"
    handbook on fargate, us-east-1: 2 tasks
      phase  samples  p50     p95
      place  2        13.0 s  15.0 s
      pull   2        4.00 s  5.00 s
      start  2        2.00 s  3.00 s
    passed over 1 of another stack: 0a3
    predicted until the first answer: 119 s (84 s to 209 s) before, 97 s (82 s to 151 s) now
    written to .ragctl/handbook/measured.json
    ");
    assert_snapshot!(sandbox.read(MEASURED), @r#"
    {
      "format": 1,
      "where": "handbook on fargate, us-east-1",
      "when": "2026-11-20",
      "phases": {
        "place": {
          "samples": [
            13.0,
            15.0
          ]
        },
        "pull": {
          "samples": [
            4.0,
            5.0
          ]
        },
        "start": {
          "samples": [
            2.0,
            3.0
          ]
        }
      }
    }
    "#);
    let budget = sandbox.run(&["budget"]).stdout;
    let known_from = "measured: handbook on fargate, us-east-1, 2026-11-20";
    assert_eq!(budget.matches(known_from).count(), 3, "{budget}");
    let before = with_tasks().run(&["plan"]).stdout;
    assert_ne!(sandbox.run(&["plan"]).stdout, before);
}

#[test]
fn without_writing_it_is_shown_what_would_be() {
    let sandbox = with_tasks();
    let ran = sandbox.run(&["bench", "import", "tasks.json", "--dry-run", "--json"]);
    let told = ran.document();
    assert_eq!(
        (ran.code, &told["tasks"], &told["written"]),
        (0, &2.into(), &serde_json::Value::Null)
    );
    assert_eq!(
        told["phases"][1],
        json!({"phase": "pull", "samples": 2, "seconds": {"p50": 4.0, "p95": 5.0, "p99": 5.0}})
    );
    assert_eq!(told["passed_over"], json!([{"id": "0a3", "reason": "other_stack"}]));
    assert!(told["now_s"]["typical"].as_f64() < told["before_s"]["typical"].as_f64());
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn what_was_measured_before_stays_unless_it_is_replaced() {
    let sandbox = with_tasks();
    let before = json!({
        "format": 1, "where": "this machine", "when": "2026-01-01",
        "phases": {"warm": {"samples": [2.5]}, "pull": {"samples": [99.0]}}
    });
    sandbox.write(MEASURED, &before.to_string());
    let phases = || {
        let kept: serde_json::Value = serde_json::from_str(&sandbox.read(MEASURED)).unwrap();
        (kept["where"].as_str().unwrap().to_owned(), kept["phases"].clone())
    };
    assert_eq!(sandbox.run(&["bench", "import", "tasks.json"]).code, 0);
    let (place, merged) = phases();
    assert_eq!(place, "handbook on fargate, us-east-1; this machine");
    assert_eq!(merged["warm"], json!({"samples": [2.5]}));
    assert_eq!(merged["pull"], json!({"samples": [4.0, 5.0]}));
    assert_eq!(sandbox.run(&["bench", "import", "tasks.json", "--replace"]).code, 0);
    assert!(phases().1.get("warm").is_none());
}

#[test]
fn a_file_without_times_is_refused_and_says_why() {
    let sandbox = with_tasks();
    let told = |text: &str| {
        sandbox.write("broken.json", text);
        let ran = sandbox.run(&["bench", "import", "broken.json"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{text}");
        ran.stderr
    };
    assert!(told("").contains("caused by: there is nothing in it"));
    assert!(
        told("{\"tasks\": [").contains("caused by: it is not JSON\ncaused by: EOF while parsing")
    );
    assert!(told("{\"tasks\": []}").contains("caused by: there are no tasks in it"));
    let other = told(&json!([task("0a3", "wiki", [1, 1, 1])]).to_string());
    assert_snapshot!(other, @r"
    error: no times can be taken from broken.json
    caused by: none of its tasks has times that count: 0a3 is one of another stack
    hint: `aws ecs describe-tasks --cluster STACK --tasks ID…` prints what can be taken
    ");
    let mut backwards = task("0a1", "handbook", [1, 1, 1]);
    backwards["createdAt"] = "2026-11-20T11:00:00Z".into();
    backwards["startedAt"] = serde_json::Value::Null;
    backwards["pullStoppedAt"] = "2026-11-20T09:00:00Z".into();
    assert!(told(&backwards.to_string()).contains("0a1 is one with times that go backwards"));
    assert_eq!(sandbox.run(&["bench", "import", "missing.json"]).code, 64);
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn the_account_is_asked_for_tasks_and_log() {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 0);
    let log = |line: &str| {
        cloud.with(|it| {
            it.region("us-east-1").plant_line("/ragctl/handbook", "task/rag-api/1", line)
        })
    };
    assert!(log(r#"{"message": "listening", "bind_ms": 20}"#));
    let ran = sandbox.run_on(&cloud, &["bench", "import", "--json"]);
    let told = ran.document();
    assert_eq!((&told["tasks"], &told["starts"]), (&1.into(), &1.into()), "{ran:?}");
    assert_eq!(told["where"], "handbook on fargate, us-east-1");
    let names: Vec<_> = told["phases"].as_array().unwrap().iter().map(|it| &it["phase"]).collect();
    assert_eq!(names, ["place", "pull", "start", "bind"]);
    let budget = sandbox.run(&["budget"]).stdout;
    assert_eq!(budget.matches("measured: handbook on fargate").count(), 4, "{budget}");
}

#[test]
fn where_there_is_nothing_to_ask_it_is_said_what_measures() {
    let cloud = Cloud::start_blocking();
    for (file, told) in [
        (fargate("good"), "no start of `handbook` of the last 24h has left times"),
        ("stack: handbook\ntarget: lambda\n".to_owned(), "no start of `handbook`"),
    ] {
        let ran = Sandbox::with(&file).run_on(&cloud, &["bench", "import"]);
        assert!(ran.code == 1 && ran.stderr.contains(told), "{ran:?}");
    }
    let here = Sandbox::handbook().run(&["bench", "import"]);
    assert_eq!(here.code, 64);
    assert!(
        here.stderr.contains("hint: `ragctl bench cold-start --save` measures here"),
        "{here:?}"
    );
}
