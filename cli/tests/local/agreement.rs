//! What is simulated is what runs: the same requests at the same times, for real at a time scale and simulated.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{caller::Caller, machine::Machine};

/// A minute of the stack's time is a second of ours.
const SCALE: u32 = 60;

/// How far the two may be apart.
const APART: f64 = 0.1;

/// A provider whose answers take long against what this machine does meanwhile: 20 s are a third of a second of ours.
const PROVIDER: &str = "format: 1\nname: agreement\nworkers: 2\nworker_s: 6\nconnections: side-by-side\n\
                        pools: in-turn\nanswer_s: 20\nstart_s: 0\n";

/// What a run came to, in the stack's own time.
#[derive(Debug, PartialEq)]
struct Run {
    /// On average, from the question to the answer, in seconds.
    latency: f64,
    /// Hours of tasks, all of them together.
    task_hours: f64,
    /// How often it was woken.
    wakes: u64,
}

/// A stack file's rest, when somebody asks, in seconds, and for how long it is looked at.
struct Scenario {
    name: &'static str,
    file: &'static str,
    asked: Vec<f64>,
    seconds: f64,
}

fn scenarios() -> [Scenario; 5] {
    let steady = |every: f64, until: f64| -> Vec<f64> {
        let count = (until / every).floor();
        (0..).map(f64::from).take_while(|it| *it < count).map(|it| 60.0 + it * every).collect()
    };
    [
        Scenario {
            name: "always on",
            file: "strategies: {prewarm: true}\n",
            asked: steady(40.0, 3000.0),
            seconds: 3600.0,
        },
        Scenario {
            name: "scale to zero",
            file: "idle: {after: 5m}\nstrategies: {prewarm: true}\n",
            asked: vec![30.0, 80.0, 200.0, 1000.0, 1010.0, 1900.0, 2000.0, 2150.0, 3100.0],
            seconds: 4200.0,
        },
        Scenario {
            name: "keep-alive",
            file: "idle: {after: 10m}\nstrategies: {prewarm: true, keepalive: {schedule: rate(5 minutes)}}\n",
            // The first one comes before the first ping.
            asked: vec![10.0, 1200.0, 2100.0, 2130.0, 3000.0],
            seconds: 3600.0,
        },
        Scenario {
            name: "async-init",
            file: "idle: {after: 5m}\nstrategies: {async-init: true}\n",
            asked: vec![30.0, 35.0, 300.0, 1200.0, 1203.0, 2200.0, 2210.0, 2400.0],
            seconds: 3600.0,
        },
        Scenario {
            name: "burst",
            file: "autoscaling: {minimum: 1, maximum: 4, requests_in_flight: 2}\n\
                   service: {max_async: 2}\nstrategies: {prewarm: true}\n",
            asked: steady(6.0, 1500.0),
            seconds: 3600.0,
        },
    ]
}

/// A provider that ends with the test.
struct Provider {
    child: Child,
    embedding: String,
    llm: String,
}

impl Provider {
    fn start(machine: &Machine) -> Self {
        machine.write("docs/provider.yaml", PROVIDER);
        let scale = SCALE.to_string();
        let args =
            ["seed-provider", "--model", "docs/provider.yaml", "--time-scale", &scale, "--json"];
        let mut child = machine.command(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let urls: Value = serde_json::from_str(&line).unwrap();
        let url = |of: &str| urls[of].as_str().unwrap().to_owned();
        Self { child, embedding: url("embedding"), llm: url("llm") }
    }

    fn models(&self) -> String {
        let Self { embedding, llm, .. } = self;
        format!(
            "models:\n  embedding: {{provider: openai, host: '{embedding}', model: m}}\n  \
             llm: {{provider: openai, host: '{llm}', model: m}}\n"
        )
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs the scenario for real; how many seconds the stack's clock had run before, too.
fn real(machine: &Machine, scenario: &Scenario) -> (Run, f64) {
    let scale = f64::from(SCALE);
    let caller = Caller { port: machine.port, scale: SCALE };
    let began = Instant::now();
    let since = |seconds: f64| Duration::from_secs_f64(seconds / scale);
    let callers: Vec<_> = scenario
        .asked
        .iter()
        .map(|at| {
            let at = since(*at);
            thread::spawn(move || {
                thread::sleep(at.saturating_sub(began.elapsed()));
                let asked = Instant::now();
                let question = r#"{"query": "How long is the line of a kite?"}"#;
                let statuses = caller.ask("POST", "/query", question);
                assert_eq!(statuses.last(), Some(&200), "{statuses:?}");
                asked.elapsed().as_secs_f64()
            })
        })
        .collect();
    let latencies: Vec<f64> = callers.into_iter().map(|it| it.join().unwrap() * scale).collect();
    thread::sleep(since(scenario.seconds).saturating_sub(began.elapsed()));
    let wakes = machine.status()["requests"]["wakes"].as_u64().unwrap();
    let count = f64::from(u32::try_from(latencies.len()).unwrap());
    let run = Run {
        latency: latencies.iter().sum::<f64>() / count,
        task_hours: task_seconds(machine, began, scenario.seconds / scale) * scale / 3600.0,
        wakes,
    };
    // The stack's clock, by which minutes and pings are counted, has started before.
    let clock = ago(&supervised(machine)[0]) - began.elapsed().as_secs_f64();
    (run, clock * scale)
}

/// The lines that the supervisor has written.
fn supervised(machine: &Machine) -> Vec<String> {
    let log = fs::read_to_string(machine.path(".ragctl/handbook/supervisor.log")).unwrap();
    log.lines().map(str::to_owned).collect()
}

/// How many seconds ago a line was written.
fn ago(line: &str) -> f64 {
    let time: jiff::Timestamp = line.split_whitespace().next().unwrap().parse().unwrap();
    jiff::Timestamp::now().duration_since(time).as_secs_f64()
}

/// Seconds of tasks, from when the test began to count and for so long, as the supervisor tells their starts and ends.
fn task_seconds(machine: &Machine, began: Instant, seconds: f64) -> f64 {
    let log = supervised(machine);
    let from = began.elapsed().as_secs_f64();
    let at = |line: &String| (from - ago(line)).clamp(0.0, seconds);
    let times =
        |words: &str| -> Vec<f64> { log.iter().filter(|it| it.contains(words)).map(at).collect() };
    let (started, ended) = (times("a task starts"), times("a task has ended"));
    let running = f64::from(u32::try_from(started.len() - ended.len()).unwrap());
    ended.iter().sum::<f64>() + running * seconds - started.iter().sum::<f64>()
}

/// Simulates the scenario, on a clock that has run for so many seconds before.
fn simulated(machine: &Machine, scenario: &Scenario, before: f64) -> Run {
    let lines: Vec<String> = scenario.asked.iter().map(|it| (it + before).to_string()).collect();
    machine.write("docs/asked.log", &lines.join("\n"));
    let (scale, until) = (SCALE.to_string(), format!("{:.0}s", scenario.seconds + before));
    let args = ["simulate", "--log", "docs/asked.log", "--time-scale", &scale, "--json"];
    let ran = machine.must(&[&args[..], &["--for", &until]].concat());
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["answered"], told["requests"], "{told:#}");
    // Where nothing sleeps, one task has run since the beginning.
    let hours_before = if scenario.file.contains("idle") { 0.0 } else { before / 3600.0 };
    Run {
        latency: told["latency"]["mean_s"].as_f64().unwrap(),
        task_hours: told["work"]["task_hours"].as_f64().unwrap() - hours_before,
        wakes: told["work"]["wakes"].as_u64().unwrap(),
    }
}

/// Both runs of a scenario, on a machine of its own.
fn both(scenario: &Scenario) -> (Run, Run) {
    let machine = Machine::new("");
    let provider = Provider::start(&machine);
    machine.write_stack(&format!("{}{}", provider.models(), scenario.file));
    let scale = SCALE.to_string();
    // What the parts of a cold start take here is measured first, as a user would.
    machine.must(&["bench", "cold-start", "-n", "5", "--time-scale", &scale, "--save"]);
    machine.must(&["deploy", "--ingest", "docs", "--time-scale", &scale]);
    if scenario.file.contains("idle") {
        machine.must(&["sleep"]);
        machine.wait_until(|status| status["tasks"].as_array().unwrap().is_empty());
    }
    let (real, before) = real(&machine, scenario);
    (real, simulated(&machine, scenario, before))
}

/// A row of each figure, and whether the two are apart.
fn rows(name: &str, real: &Run, simulated: &Run) -> Vec<(String, bool)> {
    let figures = [
        ("mean latency (s)", real.latency, simulated.latency),
        ("task hours", real.task_hours, simulated.task_hours),
    ];
    let row = |(what, one, other): (&str, f64, f64)| {
        let apart = (one - other).abs() / one.max(other);
        let row = format!("| {name} | {what} | {one:.2} | {other:.2} | {:.1} % |", apart * 100.0);
        (row, apart > APART)
    };
    let mut rows = figures.map(row).to_vec();
    let (one, other) = (real.wakes, simulated.wakes);
    rows.push((format!("| {name} | woken | {one} | {other} | |"), one != other));
    rows
}

#[test]
fn what_is_simulated_is_what_runs() {
    let scenarios = scenarios();
    let told: Vec<(String, bool)> = thread::scope(|scope| {
        let runs = scenarios.iter().map(|it| {
            scope.spawn(|| {
                // This machine may be busy: what it loses is not the simulation's.
                let tries = (0..3)
                    .map(|_| both(it))
                    .map(|(real, simulated)| rows(it.name, &real, &simulated));
                let mut last = Vec::new();
                for rows in tries {
                    last = rows;
                    if last.iter().all(|it| !it.1) {
                        break;
                    }
                }
                last
            })
        });
        let runs: Vec<_> = runs.collect();
        runs.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    let table: Vec<&str> = told.iter().map(|it| it.0.as_str()).collect();
    // With `--nocapture`: the table of docs/simulation.md.
    let table = format!(
        "| scenario | | for real | simulated | apart |\n| --- | --- | --- | --- | --- |\n{}",
        table.join("\n")
    );
    eprintln!("{table}");
    assert!(told.iter().all(|it| !it.1), "{table}");
}
