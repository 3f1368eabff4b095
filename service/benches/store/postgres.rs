//! The Postgres store, on a server of its own on this machine.

use std::time::{Duration, Instant};

use rag_service::{
    adapters::postgres::PostgresStore,
    pipeline::fuse,
    ports::{Store, store::Search},
};

use crate::{
    data::{self, Question, Shape},
    exact,
    keep::{self, MODEL, PER_DOCUMENT},
    ms, percentile,
    server::{self, Server},
    session::settings,
};

/// Chunks that an answer gets, and candidates of each kind, as by default.
const PASSAGES: usize = 20;
const CANDIDATES: usize = 40;

/// Fills a store, and prints what it is like to ask it.
pub(crate) async fn report(count: usize) {
    if server::bin().is_none() {
        return;
    }
    let server = Server::start();
    let settings = settings(&server.url("postgres"), "ragctl", &[]);
    let store = PostgresStore::open(&settings, MODEL).await.unwrap();
    let rates = keep::fill(&store, count, data::chunks(Shape::Clusters)).await;
    drop(store);
    let client = server.client("postgres").await;
    client.batch_execute("VACUUM ANALYZE").await.unwrap();

    println!("\n| Postgres, {count} chunks × {} | |\n| --- | --- |", data::DIMENSION);
    println!("| chunks stored a second, first and last tenth | {:.0}, {:.0} |", rates[0], rates[9]);
    for (what, size) in [
        ("all", "pg_database_size('postgres')"),
        ("texts", "pg_total_relation_size('ragctl.chunk')"),
        ("vectors", "pg_table_size('ragctl.chunk_vector')"),
        ("their index", "pg_relation_size('ragctl.chunk_vector_by_vector')"),
        ("words", "pg_table_size('ragctl.chunk_word')"),
        ("their index", "pg_relation_size('ragctl.chunk_word_by_term')"),
    ] {
        let size = client.query_one(&format!("SELECT {size}::bigint >> 20"), &[]).await.unwrap();
        println!("| {what} | {} MiB |", size.get::<_, i64>(0));
    }
    let began = Instant::now();
    let store = PostgresStore::open(&settings, MODEL).await.unwrap();
    println!("| opened | {} |", ms(began.elapsed()));
    search(&store, count).await;
    change(&store, count).await;
}

async fn search(store: &PostgresStore, count: usize) {
    let questions = data::questions(Shape::Clusters);
    let ask = |question: &Question, by_vector: bool, by_words: bool| Search {
        vector: by_vector.then(|| question.vector.clone()),
        text: by_words.then(|| data::sentence(&question.words)),
        limit: CANDIDATES,
        threshold: -1.0,
    };
    naive(store, &questions[0]).await;
    for (name, by_vector) in [("vector", true), ("words", false)] {
        let (mut times, mut found) = (Vec::new(), Vec::new());
        for question in &questions {
            let began = Instant::now();
            let hits = store.candidates(ask(question, by_vector, !by_vector)).await.unwrap();
            times.push(began.elapsed());
            let hits = if by_vector { hits.near } else { hits.matching };
            found.push(hits.iter().map(|hit| usize::try_from(hit.chunk - 1).unwrap()).collect());
        }
        tell(&format!("by {name}"), &times);
        let wanted = match by_vector {
            true => exact::nearest(Shape::Clusters, count, &questions),
            false => exact::matching(count, &questions),
        };
        println!("| recall@{} by {name} | {:.4} |", exact::TOP, exact::recall(&found, &wanted));
    }
    let mut times = Vec::new();
    for question in &questions {
        times.push(naive(store, question).await);
    }
    tell("naive", &times);
}

/// Both rankings, fused, and what was found.
async fn naive(store: &PostgresStore, question: &Question) -> Duration {
    let began = Instant::now();
    let search = Search {
        vector: Some(question.vector.clone()),
        text: Some(data::sentence(&question.words)),
        limit: CANDIDATES,
        threshold: 0.2,
    };
    let found = store.candidates(search).await.unwrap();
    let hits = fuse::fuse(&found, 1.0, PASSAGES);
    let chunks = store.chunks(hits.iter().map(|hit| hit.chunk).collect()).await.unwrap();
    assert_eq!(chunks.len(), hits.len());
    began.elapsed()
}

async fn change(store: &PostgresStore, count: usize) {
    let mut times = Vec::new();
    for number in 0..10.min(count / PER_DOCUMENT) {
        let began = Instant::now();
        store.delete(vec![format!("doc-{number:06}")]).await.unwrap();
        times.push(began.elapsed());
    }
    tell(&format!("deletion of a document of {PER_DOCUMENT} chunks"), &times);
    let began = Instant::now();
    store.clear().await.unwrap();
    println!("| clearing the rest | {} |", ms(began.elapsed()));
}

fn tell(name: &str, times: &[Duration]) {
    println!("| {name} | {} / {} |", ms(percentile(times, 50)), ms(percentile(times, 95)));
}
