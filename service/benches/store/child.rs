//! What a process of its own does with a store that is there, so that its memory is that of a service.

use std::{
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use rag_service::{
    adapters::sqlite::SqliteStore,
    pipeline::fuse,
    ports::{
        Store,
        store::{Hit, Search},
    },
};

use crate::{
    data::{self, Question, Shape},
    keep::{PER_DOCUMENT, keep, open},
    ms, percentile,
};

/// Chunks that an answer gets, and candidates of each kind, as by default.
const PASSAGES: usize = 20;
const CANDIDATES: usize = 40;

/// Does what the command line says, and prints lines of a name and a figure.
pub(crate) async fn run(folder: &Path, shape: Shape, work: &str) {
    let questions = data::questions(shape);
    match work {
        "search" => search(folder, &questions).await,
        "change" => change(folder, &questions).await,
        _ => panic!("nothing is called {work}"),
    }
}

fn tell(name: &str, figure: &str) {
    writeln!(std::io::stdout().lock(), "{name}\t{figure}").unwrap();
}

/// `VmRSS` or `VmHWM` of this process.
fn memory(field: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    let kib: u32 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap();
    format!("{:.0} MiB", f64::from(kib) / 1024.0)
}

fn ask(question: &Question, by_vector: bool, by_words: bool, threshold: f32) -> Search {
    Search {
        vector: by_vector.then(|| question.vector.clone()),
        text: by_words.then(|| data::sentence(&question.words)),
        limit: CANDIDATES,
        threshold,
    }
}

/// Both rankings, fused, and what was found.
async fn naive(store: &SqliteStore, question: &Question) {
    let found = store.candidates(ask(question, true, true, 0.2)).await.unwrap();
    let hits = fuse::fuse(&found, PASSAGES);
    let chunks = store.chunks(hits.iter().map(|hit| hit.chunk).collect()).await.unwrap();
    assert_eq!(chunks.len(), hits.len());
}

fn numbers(hits: &[Hit]) -> String {
    hits.iter().map(|hit| (hit.chunk - 1).to_string()).collect::<Vec<_>>().join(" ")
}

fn tell_times(name: &str, times: &[Duration]) {
    tell(name, &format!("{} / {}", ms(percentile(times, 50)), ms(percentile(times, 95))));
}

async fn search(folder: &Path, questions: &[Question]) {
    let began = Instant::now();
    let store = open(folder);
    tell("opened", &ms(began.elapsed()));
    let first = store.candidates(ask(&questions[0], true, true, -1.0)).await.unwrap();
    tell("first answer by words", &ms(began.elapsed()));
    assert!(!first.matching.is_empty());
    while store.candidates(ask(&questions[0], true, true, -1.0)).await.unwrap().near.is_empty() {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    tell("vectors loaded", &ms(began.elapsed()));
    tell("memory with vectors", &memory("VmRSS"));

    let mut times = Vec::new();
    for question in questions {
        let began = Instant::now();
        let found = store.candidates(ask(question, true, false, -1.0)).await.unwrap();
        times.push(began.elapsed());
        tell("near", &numbers(&found.near));
    }
    tell_times("by vector", &times);
    for pass in ["by words, asked for the first time", "by words, asked for again"] {
        let mut times = Vec::new();
        for question in questions {
            let began = Instant::now();
            let found = store.candidates(ask(question, false, true, -1.0)).await.unwrap();
            times.push(began.elapsed());
            if pass.ends_with("again") {
                tell("matching", &numbers(&found.matching));
            }
        }
        tell_times(pass, &times);
    }
    drop(store);

    // As after a start, or after each document that was added.
    let store = open(folder);
    store.candidates(ask(&questions[0], true, false, -1.0)).await.unwrap();
    for pass in ["naive, words asked for the first time", "naive, again"] {
        let mut times = Vec::new();
        for question in questions {
            let began = Instant::now();
            naive(&store, question).await;
            times.push(began.elapsed());
        }
        tell_times(pass, &times);
    }
    tell("memory after", &memory("VmRSS"));
    tell("memory at most", &memory("VmHWM"));
}

async fn change(folder: &Path, questions: &[Question]) {
    let store = open(folder);
    naive(&store, &questions[0]).await;
    store.candidates(ask(&questions[0], true, false, -1.0)).await.unwrap();
    let documents = store.counts().await.unwrap().processed;

    // Questions while one writer stores a document after the other.
    let number = usize::try_from(documents).unwrap();
    let mut times = Vec::new();
    let writes = async {
        for number in number..number + 4 {
            let new: Vec<_> = data::chunks(Shape::Isotropic).take(PER_DOCUMENT).collect();
            keep(&store, number, new).await;
        }
    };
    let reads = async {
        for question in questions.iter().cycle() {
            let began = Instant::now();
            naive(&store, question).await;
            times.push(began.elapsed());
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = writes => {}
        () = reads => {}
    }
    tell_times("naive while 2000 chunks are stored", &times);

    let mut deletions = Vec::new();
    let mut after = Vec::new();
    for number in 1..=10 {
        let began = Instant::now();
        store.delete(vec![format!("doc-{number:06}")]).await.unwrap();
        deletions.push(began.elapsed());
        let began = Instant::now();
        naive(&store, &questions[number]).await;
        after.push(began.elapsed());
    }
    tell_times("deletion of a document of 500 chunks", &deletions);
    tell_times("the question after it", &after);
    let began = Instant::now();
    let many = (11..=documents / 2).map(|number| format!("doc-{number:06}")).collect();
    let deleted = store.delete(many).await.unwrap().len();
    let each = began.elapsed() / u32::try_from(deleted.max(1)).unwrap();
    tell("deletion of half of all at once, for each document", &ms(each));
    let began = Instant::now();
    store.clear().await.unwrap();
    tell("clearing the rest", &ms(began.elapsed()));
    tell("memory at most", &memory("VmHWM"));
}
