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
    let hits = fuse::fuse(&found, 1.0, PASSAGES);
    let chunks = store.chunks(hits.iter().map(|hit| hit.chunk).collect()).await.unwrap();
    assert_eq!(chunks.len(), hits.len());
}

fn numbers(hits: &[Hit]) -> String {
    hits.iter().map(|hit| (hit.chunk - 1).to_string()).collect::<Vec<_>>().join(" ")
}

fn tell_times(name: &str, times: &Times) {
    let Times { of_clock, cpu } = times;
    let each = (self::cpu() - *cpu) / u32::try_from(of_clock.len()).unwrap();
    let (half, most) = (percentile(of_clock, 50), percentile(of_clock, 95));
    tell(name, &format!("{} | {} | {}", ms(half), ms(most), ms(each)));
}

/// How long each of several took by the clock, and how much all threads had worked before the first.
struct Times {
    of_clock: Vec<Duration>,
    cpu: Duration,
}

impl Times {
    fn new() -> Self {
        Self { of_clock: Vec::new(), cpu: cpu() }
    }

    async fn take<T>(&mut self, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = work.await;
        self.of_clock.push(began.elapsed());
        done
    }
}

/// How much all threads have worked: other than time by the clock, nothing that goes on beside it counts.
fn cpu() -> Duration {
    let of_thread = |task: std::io::Result<std::fs::DirEntry>| {
        let line = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        Duration::from_nanos(line.split(' ').next().unwrap().parse().unwrap())
    };
    std::fs::read_dir("/proc/self/task").unwrap().map(of_thread).sum()
}

/// A figure of one thing: it took since `began`, with `cpu` worked before.
fn tell_one(name: &str, began: Instant, cpu: Duration) {
    tell(name, &format!("{} | | {}", ms(began.elapsed()), ms(self::cpu() - cpu)));
}

async fn search(folder: &Path, questions: &[Question]) {
    let (began, before) = (Instant::now(), cpu());
    let store = open(folder);
    tell_one("opened", began, before);
    let first = store.candidates(ask(&questions[0], true, true, -1.0)).await.unwrap();
    tell_one("first answer by words", began, before);
    assert!(!first.matching.is_empty());
    while store.candidates(ask(&questions[0], true, true, -1.0)).await.unwrap().near.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tell_one("vectors loaded", began, before);
    tell("memory with vectors", &memory("VmRSS"));

    let mut times = Times::new();
    for question in questions {
        let found = times.take(store.candidates(ask(question, true, false, -1.0))).await.unwrap();
        tell("near", &numbers(&found.near));
    }
    tell_times("by vector", &times);
    for pass in ["by words, asked for the first time", "by words, asked for again"] {
        let mut times = Times::new();
        for question in questions {
            let search = store.candidates(ask(question, false, true, -1.0));
            let found = times.take(search).await.unwrap();
            if pass.ends_with("again") {
                tell("matching", &numbers(&found.matching));
            }
        }
        tell_times(pass, &times);
    }
    drop(store);

    // As after a start.
    let store = open(folder);
    store.candidates(ask(&questions[0], true, false, -1.0)).await.unwrap();
    for pass in ["naive, words asked for the first time", "naive, again"] {
        let mut times = Times::new();
        for question in questions {
            times.take(naive(&store, question)).await;
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
    let documents = usize::try_from(store.counts().await.unwrap().processed).unwrap();

    // Questions while one writer stores a document after the other.
    let mut times = Times::new();
    let writes = async {
        for number in documents..documents + 4 {
            let new: Vec<_> = data::chunks(Shape::Isotropic).take(PER_DOCUMENT).collect();
            keep(&store, number, new).await;
        }
    };
    let reads = async {
        for question in questions.iter().cycle() {
            times.take(naive(&store, question)).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = writes => {}
        () = reads => {}
    }
    tell_times("naive while 2000 chunks are stored (CPU: with these)", &times);

    let name = |number: usize| format!("doc-{number:06}");
    let mut times = Times::new();
    for number in 1..=10 {
        times.take(store.delete(vec![name(number)])).await.unwrap();
    }
    tell_times("deletion of a document of 500 chunks", &times);
    let mut times = Times::new();
    for (number, question) in (11..=15).zip(questions) {
        store.delete(vec![name(number)]).await.unwrap();
        times.take(naive(&store, question)).await;
    }
    tell_times("a question after a deletion (CPU: with it)", &times);
    let (began, before) = (Instant::now(), cpu());
    let half = (16..documents / 2).map(name).collect();
    store.delete(half).await.unwrap();
    tell_one("deletion of half of all at once", began, before);
    let (began, before) = (Instant::now(), cpu());
    store.clear().await.unwrap();
    tell_one("clearing the rest", began, before);
    tell("memory at most", &memory("VmHWM"));
}
