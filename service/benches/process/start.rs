//! From process start to ready, memory when idle, and what the first query costs more than the second.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    RUNS, client::Client, documents, median, ms, provider::Options, server::Server,
    upstream::Upstream,
};

const CHUNKS: usize = 1000;

/// What the program has inside, too.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/model/static-table.bin");

pub(crate) fn report() {
    let folder = tempfile::tempdir().unwrap();
    documents::fill(folder.path(), CHUNKS, &[]);
    let upstream = Upstream::start(Options::default());
    let remote = [
        ("WARMUP_ON_STARTUP", "true"),
        ("LLM_BINDING_HOST", upstream.url()),
        ("EMBEDDING_BINDING", "built-in"),
    ];
    let built_in = [("WARMUP_ON_STARTUP", "true")];
    let from_file = [("WARMUP_ON_STARTUP", "true"), ("EMBEDDING_MODEL_FILE", TABLE)];
    // In turns, so that what else the machine does falls on all alike.
    let mut runs = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        for (settings, runs) in [&built_in[..], &from_file, &remote].into_iter().zip(&mut runs) {
            runs.push(run(folder.path(), settings));
        }
    }

    println!(
        "| a store of {CHUNKS} chunks, `prewarm` on, median of {RUNS} starts | built-in models | the same, the table in a file | LLM by HTTP (0 ms) |"
    );
    println!("| --- | --- | --- | --- |");
    row("start to `/readyz` 200", &runs, |it| it.ready);
    row("first query", &runs, |it| it.first);
    row("second query (other text)", &runs, |it| it.second);
    row("first less second", &runs, |it| it.first.saturating_sub(it.second));
    let memory = |runs: &[Run]| {
        let mut all: Vec<f64> = runs.iter().map(|it| it.memory).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let memory = runs.each_ref().map(|runs| format!("{:.1} MiB", memory(runs)));
    println!("| resident memory, idle, 1 s after the start | {} |\n", memory.join(" | "));
}

fn row(name: &str, runs: &[Vec<Run>; 3], figure: impl Fn(&Run) -> Duration) {
    let of = |runs: &Vec<Run>| ms(median(runs.iter().map(&figure).collect()));
    println!("| {name} | {} |", runs.each_ref().map(of).join(" | "));
}

struct Run {
    ready: Duration,
    memory: f64,
    first: Duration,
    second: Duration,
}

fn run(data: &Path, settings: &[(&str, &str)]) -> Run {
    let server = Server::start(data, settings);
    let ready = server.until_ok("/readyz");
    std::thread::sleep(Duration::from_secs(1));
    let memory = server.memory_mib();
    let mut client = Client::connect(server.port).unwrap();
    let mut timed = |number| {
        let begin = Instant::now();
        let answer = client.query(&documents::question(number)).unwrap();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        begin.elapsed()
    };
    Run { ready, memory, first: timed(1), second: timed(2) }
}
