//! Whole runs of `ragctl` on AWS: against an account in memory with 50 ms added to each call, and against fakecloud, which runs the
//! service for real.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ragctl_cloud::{Cloud, Faults, Traffic};
use serde_json::Value;

use crate::{fakecloud::Fakecloud, ms};

const RUNS: usize = 5;

/// What is added to each call.
const DELAY: Duration = Duration::from_millis(50);

/// The plan of an unchanged stack with everything that a stack can have.
const FULL: &str = "stack: handbook
target: fargate
aws: {region: us-east-1}
service: {image: 'rag-service:good'}
load_balancer: {deregistration_delay: 0s, health_check: {interval: 5s, timeout: 4s}}
autoscaling: {requests_in_flight: auto}
strategies: {keepalive: true}
";

/// What a run of the program took.
struct Run {
    wall: Duration,
    /// The most memory that was resident, in KiB.
    resident: u64,
    /// When each step began and ended, from the start of the process.
    steps: BTreeMap<String, (Duration, Duration)>,
}

pub(crate) fn measure() {
    println!("| each call takes {} more | median | calls | rounds | resident |", ms(DELAY));
    println!("| --- | --- | --- | --- | --- |");
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("ragctl.yaml"), FULL).unwrap();
    let cloud = Cloud::start_blocking();
    cloud.set_faults(Faults { delay: DELAY, ..Faults::default() });
    let run = |args: &[&str]| run(home.path(), &cloud.endpoint(), args);
    run(&["deploy", "--yes"]);
    row("`ragctl plan`, nothing to do", &cloud, || run(&["plan"]));
    row("`ragctl deploy`, nothing to do", &cloud, || run(&["deploy", "--yes"]));
    row("`ragctl status`", &cloud, || run(&["status"]));
    row("first `ragctl deploy` (tasks are healthy at once)", &cloud, || {
        run(&["destroy", "--yes"]);
        cloud.clear_calls();
        run(&["deploy", "--yes"])
    });
    if std::env::var_os("FAKECLOUD").is_some() {
        on_fakecloud(home.path());
    }
}

fn row(name: &str, cloud: &Cloud, run: impl Fn() -> Run) {
    let mut runs: Vec<(Run, Traffic)> = (0..RUNS)
        .map(|_| {
            cloud.clear_calls();
            (run(), cloud.traffic())
        })
        .collect();
    runs.sort_by_key(|(run, _)| run.wall);
    let (middle, traffic) = &runs[RUNS / 2];
    let resident = runs.iter().map(|(run, _)| run.resident).max().unwrap();
    println!(
        "| {name} | {} | {} | {} | {} MiB |",
        ms(middle.wall),
        traffic.calls,
        traffic.rounds,
        resident / 1024
    );
}

/// The first deployment on fakecloud, and the longest chain of steps that had to wait for each other.
fn on_fakecloud(home: &Path) {
    println!(
        "\n| on fakecloud, the service behind its real health checks | wall | critical path | ratio | resident |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let account = Fakecloud::start();
    let endpoint = account.endpoint();
    let plan = document(home, &endpoint, &["plan", "--json"]);
    let deployed = run(home, &endpoint, &["deploy", "--yes", "--json"]);
    let path = critical_path(&plan, &deployed.steps);
    let began = deployed.steps.values().map(|(began, _)| *began).min().unwrap_or_default();
    let length = began + path.iter().map(|(_, took)| *took).sum::<Duration>();
    println!(
        "| first `ragctl deploy` | {} | {} | {:.2} | {} MiB |",
        ms(deployed.wall),
        ms(length),
        deployed.wall.as_secs_f64() / length.as_secs_f64(),
        deployed.resident / 1024
    );
    let path = path.iter().map(|(step, took)| format!("{step} {}", ms(*took)));
    let path: Vec<String> = path.collect();
    println!("\nThe critical path: reading {}, {}.", ms(began), path.join(", "));
    run(home, &endpoint, &["destroy", "--yes"]);
}

/// The chain of steps, each after the one before it, that took longest altogether.
fn critical_path(
    plan: &Value,
    took: &BTreeMap<String, (Duration, Duration)>,
) -> Vec<(String, Duration)> {
    let mut longest: BTreeMap<&str, Vec<(String, Duration)>> = BTreeMap::new();
    let length = |path: &[(String, Duration)]| path.iter().map(|(_, took)| *took).sum::<Duration>();
    // Each step stands behind those that it needs.
    for step in plan["steps"].as_array().unwrap() {
        let address = step["address"].as_str().unwrap();
        let before = step["after"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let before = before.filter_map(|it| longest.get(it)).max_by_key(|path| length(path));
        let mut path = before.cloned().unwrap_or_default();
        let (began, ended) = took[address];
        path.push((address.to_owned(), ended - began));
        longest.insert(address, path);
    }
    longest.into_values().max_by_key(|path| length(path)).unwrap_or_default()
}

fn command(home: &Path, endpoint: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ragctl"));
    command.args(args).current_dir(home).stdin(Stdio::null()).stderr(Stdio::null());
    command.envs([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "123456789012"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("RAGCTL_GATE", "settled"),
    ]);
    command
}

fn document(home: &Path, endpoint: &str, args: &[&str]) -> Value {
    let output = command(home, endpoint, args).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs the program to its good end; what it prints is read as events, where it prints events.
fn run(home: &Path, endpoint: &str, args: &[&str]) -> Run {
    let began = Instant::now();
    let mut child = command(home, endpoint, args).stdout(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut steps: BTreeMap<String, (Duration, Duration)> = BTreeMap::new();
    let mut resident = 0;
    let out = BufReader::new(child.stdout.take().unwrap());
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in out.lines() {
            if sender.send((began.elapsed(), line.unwrap())).is_err() {
                break;
            }
        }
    });
    let ended = loop {
        resident = resident.max(most_resident(&status).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "ragctl {args:?} ended with {status}");
            break began.elapsed();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    for (at, line) in lines {
        let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
        let Some(address) = event["address"].as_str() else { continue };
        match event["event"].as_str() {
            Some("step_started") => drop(steps.insert(address.to_owned(), (at, at))),
            Some("step_finished") => {
                steps.entry(address.to_owned()).and_modify(|(_, ended)| *ended = at);
            }
            _ => {}
        }
    }
    Run { wall: ended, resident, steps }
}

/// The most memory of a process that was ever resident, in KiB.
fn most_resident(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
