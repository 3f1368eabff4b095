//! Naive queries as fast as they are answered.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use crate::{client::Client, documents, ms, server::Server};

pub(crate) const SECONDS: u64 = 10;

pub(crate) fn report() {
    println!(
        "| naive queries, built-in models, {SECONDS} s each | queries/s | CPU a query | p50 | p99 | memory after |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for documents in [20, 1000] {
        let folder = tempfile::tempdir().unwrap();
        documents::fill(folder.path(), documents, &[]);
        let server = Server::start(folder.path(), &[("WARMUP_ON_STARTUP", "true")]);
        server.until_ok("/readyz");
        for clients in [1, 8, 64] {
            let before = server.cpu();
            let (count, times) = run(server.port, clients);
            let cpu = (server.cpu() - before) / u32::try_from(count).unwrap();
            let at = |share: usize| ms(times[(times.len() - 1) * share / 100]);
            println!(
                "| {documents} documents, {clients} clients | {} | {} µs | {} | {} | {:.1} MiB |",
                count / usize::try_from(SECONDS).unwrap(),
                cpu.as_micros(),
                at(50),
                at(99),
                server.memory_mib()
            );
        }
    }
    println!();
}

/// The number of answers, and how long each took, fastest first.
pub(crate) fn run(port: u16, clients: usize) -> (usize, Vec<Duration>) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let end = Instant::now() + Duration::from_secs(SECONDS);
    let one = || {
        let mut client = Client::connect(port).unwrap();
        let mut times = Vec::new();
        while Instant::now() < end {
            let question = documents::question(NUMBER.fetch_add(1, Ordering::Relaxed));
            let begin = Instant::now();
            let answer = client.query(&question).unwrap();
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            times.push(begin.elapsed());
        }
        times
    };
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        threads.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    times.sort_unstable();
    (times.len(), times)
}
