//! How fast a simulation is, and what memory it takes. `cargo bench -p ragctl-stacks --bench simulation` prints Markdown.
//!
//! Each row is a process of its own, so that its memory is its own.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "the report is what it is for")]

use std::{env, fs, process::Command, time::Instant};

use ragctl_stacks::{
    config,
    cost::Prices,
    outlook::Facts,
    shape::Shape,
    simulate::{DAY, Scenario, Times, simulate},
    strategy,
    traffic::Traffic,
};

const RUNS: usize = 7;

/// What is simulated: how many tasks, requests an hour, days.
const ROWS: [(u32, &str, u32); 4] =
    [(10, "1400/h", 30), (10, "1400/h", 300), (1, "10/h", 30), (10, "100/s", 1)];

fn main() {
    if let Some(row) = env::args().find_map(|it| it.parse::<usize>().ok()) {
        return measure(ROWS[row]);
    }
    println!(
        "Made by `cargo bench -p ragctl-stacks --bench simulation`. Medians of {RUNS} runs.\n"
    );
    println!("| tasks | traffic | days | requests | time | memory, at most |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for row in 0..ROWS.len() {
        let done = Command::new(env::current_exe().unwrap()).arg(row.to_string()).output();
        print!("{}", String::from_utf8(done.unwrap().stdout).unwrap());
    }
}

fn measure((tasks, rate, days): (u32, &str, u32)) {
    let text = format!(
        "stack: handbook\ntarget: fargate\nservice: {{image: 'rag-service:1'}}\n\
         autoscaling: {{minimum: {tasks}, maximum: 20}}\n"
    );
    let stack = strategy::applied(&config::load(&text, "ragctl.yaml", None).unwrap());
    let shape = Shape::wanted(&stack);
    let prices = Prices::built_in();
    let facts = Facts { budget: stack.budget, measured: None, prices, region: None };
    let times = Times::of(&shape, &facts);
    let traffic = Traffic::Week(rate.parse().unwrap());
    let scenario = Scenario::new(shape, times, traffic, days * DAY);
    let mut took = Vec::new();
    let mut requests = 0;
    for _ in 0..RUNS {
        let begun = Instant::now();
        requests = simulate(&scenario).requests;
        took.push(begun.elapsed().as_secs_f64());
    }
    took.sort_by(f64::total_cmp);
    let time = took[RUNS / 2];
    println!("| {tasks} | {rate} | {days} | {requests} | {time:.2} s | {} |", memory());
}

fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|it| it.starts_with("VmHWM")).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    format!("{:.1} MiB", kib / 1024.0)
}
