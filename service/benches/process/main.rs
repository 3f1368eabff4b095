//! Whole processes, measured: start, memory, first and second query, throughput, what watching costs, what each
//! strategy buys, and what a very large document takes.
//!
//! `cargo bench -p rag-service --bench process [-- start|memory|queries|throughput|observing|strategies|upload …]` prints Markdown. Medians
//! of ten starts; one load run. Quote ratios: the machine is noisy.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "the report is what it is for")]

mod client;
mod documents;
mod load;
mod observing;
#[path = "../../tests/api/provider.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod provider;
mod server;
mod start;
mod strategies;
mod upload;
mod upstream;

use std::time::Duration;

/// How often each start is measured.
const RUNS: usize = 10;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let on = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    println!("Made by `cargo bench -p rag-service --bench process`.\n");
    if on("start") || on("memory") || on("queries") {
        start::report();
    }
    if on("throughput") {
        load::report();
    }
    if on("observing") {
        observing::report();
    }
    if on("strategies") {
        strategies::report();
    }
    if on("upload") {
        upload::report();
    }
}

/// The middle of `figures`.
fn median(mut figures: Vec<Duration>) -> Duration {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// Milliseconds, as short as they are telling.
fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    if ms < 100.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}
