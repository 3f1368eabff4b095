use std::fs;

use crate::sandbox::{Sandbox, fargate};

fn sleeping() -> Sandbox {
    Sandbox::with(&format!("{}aws: {{region: us-east-1}}\nidle: {{after: 15m}}\n", fargate("good")))
}

#[test]
fn a_month_is_told_in_a_few_lines_and_a_picture_of_a_day() {
    let sandbox = sleeping();
    let ran = sandbox.run(&["simulate", "--rate", "2/h", "--days", "14"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let lines =
        ["14 days of 2/h", "met a cold start", "latency", "if warm", "a month", "day 1, Tuesday"];
    assert!(lines.iter().all(|it| ran.stdout.contains(it)), "{}", ran.stdout);
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{}", ran.stdout);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let sandbox = sleeping();
    let told = |seed: &str| {
        sandbox.run(&["simulate", "--pattern", "office 5/h", "--seed", seed, "--json"]).stdout
    };
    assert_eq!(told("7"), told("7"));
    assert_ne!(told("7"), told("8"));
}

#[test]
fn a_log_is_replayed_and_all_that_happens_is_written() {
    let sandbox = sleeping();
    sandbox.write("access.log", "# two of them\n2026-11-27T08:00:00Z\n2026-11-27T08:10:00Z\n");
    let ran =
        sandbox.run(&["simulate", "--log", "access.log", "--events", "events.jsonl", "--json"]);
    let told = ran.document();
    assert_eq!((told["requests"].as_u64(), told["answered"].as_u64()), (Some(2), Some(2)));
    assert_eq!((told["work"]["wakes"].as_u64(), told["days"].as_f64()), (Some(1), Some(1.0)));
    assert_eq!(told["day"]["weekday"], "Friday");
    let events: Vec<serde_json::Value> = sandbox
        .read("events.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |event: &str| events.iter().filter(|it| it["event"] == event).count();
    assert_eq!((of("asked"), of("answered"), of("woke"), of("fell_asleep")), (2, 2, 1, 1));
}

#[test]
fn what_is_no_traffic_is_refused_with_what_would_be() {
    let sandbox = sleeping();
    sandbox.write("bad.log", "08:00\n");
    for (args, said) in [
        (["--rate", "10"], "such as 10/h"),
        (["--pattern", "mon 8-18"], "days, hours and a rate"),
        (["--log", "bad.log"], "line 1: `08:00` begins with no time"),
        (["--log", "none.log"], "none.log"),
        (["--days", "0"], "0 is not in 1..=3660"),
    ] {
        let ran = sandbox.run(&[&["simulate"][..], &args].concat());
        assert!(ran.code != 0 && ran.stderr.contains(said), "{args:?}: {ran:?}");
    }
}

#[test]
fn a_page_and_its_charts_are_written() {
    let sandbox = sleeping();
    let args = ["simulate", "--days", "7", "--report", "month.html", "--charts", "charts"];
    let ran = sandbox.run(&args);
    assert_eq!(ran.code, 0, "{ran:?}");
    let page = sandbox.read("month.html");
    assert!(page.starts_with("<!doctype html>") && page.contains("handbook on fargate, simulated"));
    assert!(page.matches("<svg").count() >= 2 && !page.contains("<script"), "{page}");
    for name in ["latency", "day"] {
        assert!(sandbox.read(&format!("charts/{name}.svg")).starts_with("<svg"), "{name}");
        let png = fs::read(sandbox.path(&format!("charts/{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
    let nowhere = sandbox.run(&["simulate", "--days", "1", "--report", "none/month.html"]);
    assert!(nowhere.code == 1 && nowhere.stderr.contains("none/month.html"), "{nowhere:?}");
}
