//! The built-in embedders, measured: opening, a question, a chunk.
//!
//! `cargo bench -p rag-service --bench embed` prints Markdown; MiniLM is left out unless `MINILM_FILE` names its file. Medians
//! of many calls, on one thread. Quote ratios: the machine is noisy.

#![expect(clippy::print_stdout, reason = "the report is what it is for")]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use rag_service::{
    adapters::built_in::{MinilmEmbedder, StaticEmbedder, Table},
    ports::Embedder,
};

/// Ten word pieces, and the two around them.
const QUESTION: &str = "How do I reset my password for the account?";

/// A sentence of ten word pieces.
const SENTENCE: &str = "The machine must be descaled when the lamp blinks. ";

/// The table's file; the one inside is open when the program is.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/model/static-table.bin");

/// Calls of each text.
const CALLS: usize = 101;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Made by `cargo bench -p rag-service --bench embed`.\n");
    println!("| embedder | open | question of 12 word pieces | chunk of 202 | of 256 and more |");
    println!("| --- | --- | --- | --- | --- |");
    let table = || Table::open(Path::new(TABLE)).expect("the table's file is sound");
    let mut times: Vec<Duration> = (0..11).map(|_| time(|| _ = black_box(table()))).collect();
    report(median(&mut times), &StaticEmbedder::new(table())).await;
    if let Some(file) = std::env::var_os("MINILM_FILE") {
        let table = table();
        let open = || MinilmEmbedder::open(Path::new(&file), table).expect("the file is MiniLM's");
        let mut times: Vec<Duration> = (0..11).map(|_| time(|| drop(open()))).collect();
        report(median(&mut times), &open()).await;
    }
}

async fn report(open: Duration, embedder: &dyn Embedder) {
    let mut cells = vec![words(open)];
    for text in [QUESTION.to_owned(), SENTENCE.repeat(20), SENTENCE.repeat(60)] {
        let calls = if text.len() > QUESTION.len() { CALLS / 4 } else { CALLS };
        let mut times = Vec::new();
        for _ in 0..calls {
            let begun = Instant::now();
            let vectors = embedder.embed(vec![text.clone()]).await.expect("it embeds");
            times.push(begun.elapsed());
            assert_eq!(vectors.len(), 1);
        }
        cells.push(words(median(&mut times)));
    }
    println!("| `{}` | {} |", embedder.model(), cells.join(" | "));
}

fn time(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Milliseconds or microseconds, as short as they are telling.
fn words(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 0.1 { format!("{:.1} µs", ms * 1000.0) } else { format!("{ms:.1} ms") }
}
