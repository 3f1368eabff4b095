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
    let runs: Vec<Run> = (0..RUNS).map(|_| run(folder.path(), &built_in)).collect();
    let warm: Vec<Run> = (0..RUNS).map(|_| run(folder.path(), &remote)).collect();

    println!(
        "| a store of {CHUNKS} chunks, `prewarm` on, median of {RUNS} starts | built-in models | LLM by HTTP (0 ms) |"
    );
    println!("| --- | --- | --- |");
    row("start to `/readyz` 200", &runs, &warm, |it| it.ready);
    row("first query", &runs, &warm, |it| it.first);
    row("second query (other text)", &runs, &warm, |it| it.second);
    row("first less second", &runs, &warm, |it| it.first.saturating_sub(it.second));
    let memory = |runs: &[Run]| {
        let mut all: Vec<f64> = runs.iter().map(|it| it.memory).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    println!(
        "| resident memory, idle, 1 s after the start | {:.1} MiB | {:.1} MiB |\n",
        memory(&runs),
        memory(&warm)
    );
}

fn row(name: &str, a: &[Run], b: &[Run], figure: impl Fn(&Run) -> Duration) {
    let of = |runs: &[Run]| ms(median(runs.iter().map(&figure).collect()));
    println!("| {name} | {} | {} |", of(a), of(b));
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
