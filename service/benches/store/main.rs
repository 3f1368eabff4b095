//! The stores, measured: opening, searching, changing, with 10,000 and 100,000 chunks.
//!
//! `cargo bench -p rag-service --bench store [-- 10000|100000|isotropic|documents|scan|postgres|postgres-20000 …]`
//! prints Markdown. That of Postgres needs `POSTGRES_BIN`, as its tests do. What is
//! stored and asked for is made by chance from fixed seeds. Quote ratios: the machine is noisy.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "the report is what it is for")]

#[path = "../../src/adapters/sqlite/best.rs"]
#[expect(unused_imports, reason = "its tests are not run here")]
mod best;
mod child;
mod data;
mod documents;
mod exact;
mod keep;
#[path = "../../src/adapters/sqlite/packed.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the store uses more of it, and its tests are not run here"
)]
mod packed;
mod postgres;
mod processors;
#[path = "../../src/adapters/sqlite/scan.rs"]
#[expect(unused_imports, reason = "its tests are not run here")]
mod scan;
#[path = "../../tests/store/postgres/server.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod server;
#[path = "../../tests/store/postgres/session.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod session;

use std::{collections::HashMap, path::Path, process::Command, time::Duration};

use self::data::Shape;

/// Lines that a child printed, by their name.
type Figures = HashMap<String, Vec<String>>;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [child, folder, shape, work] = &arguments[..]
        && child == "child"
    {
        let shape = if shape == "Clusters" { Shape::Clusters } else { Shape::Isotropic };
        return child::run(Path::new(folder), shape, work).await;
    }
    let on = |name: &str| arguments.is_empty() || arguments.iter().any(|it| it == name);
    println!("Made by `cargo bench -p rag-service --bench store`.\n");
    if on("scan") {
        processors::report(100_000);
    }
    for count in [10_000, 100_000] {
        if on(&count.to_string()) {
            report(count, Shape::Clusters).await;
        }
    }
    if on("isotropic") {
        report(100_000, Shape::Isotropic).await;
    }
    if on("documents") {
        documents::report(100_000).await;
    }
    for count in [20_000, 100_000] {
        if on("postgres") || on(&format!("postgres-{count}")) {
            postgres::report(count).await;
        }
    }
}

/// Fills a store, and prints what two processes measure of it.
async fn report(count: usize, shape: Shape) {
    let folder = tempfile::tempdir().unwrap();
    let rates = keep::fill(&keep::open(folder.path()), count, data::chunks(shape)).await;
    let file = std::fs::metadata(folder.path().join("rag.sqlite")).unwrap().len();
    let searched = child(folder.path(), shape, "search");
    let questions = data::questions(shape);
    let near =
        exact::recall(&numbers(&searched["near"]), &exact::nearest(shape, count, &questions));
    let matching =
        exact::recall(&numbers(&searched["matching"]), &exact::matching(count, &questions));
    println!(
        "\n| {count} chunks × {}, {shape:?} | p50 | p95 | CPU |\n| --- | --- | --- | --- |",
        data::DIMENSION
    );
    for name in [
        "opened",
        "first answer by words",
        "vectors loaded",
        "by vector",
        "by words, asked for the first time",
        "by words, asked for again",
        "naive, words asked for the first time",
        "naive, again",
        "memory with vectors",
        "memory after",
        "memory at most",
    ] {
        println!("| {name} | {} |", searched[name][0]);
    }
    let changed = child(folder.path(), shape, "change");
    let mut names: Vec<_> = changed.keys().collect();
    names.sort_unstable();
    for name in names {
        println!("| {name} | {} |", changed[name][0]);
    }
    println!(
        "\nRecall@{}: {near:.4} by vector, {matching:.4} by words. File: {} MiB. Chunks stored a second: {:.0} in the first tenth, {:.0} in the last.",
        exact::TOP,
        file >> 20,
        rates[0],
        rates[9]
    );
}

fn child(folder: &Path, shape: Shape, work: &str) -> Figures {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["child", folder.to_str().unwrap(), &format!("{shape:?}"), work])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut figures = Figures::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (name, figure) = line.split_once('\t').unwrap();
        figures.entry(name.to_owned()).or_default().push(figure.to_owned());
    }
    figures
}

fn numbers(lines: &[String]) -> Vec<Vec<usize>> {
    let of_line = |line: &String| line.split_whitespace().map(|it| it.parse().unwrap()).collect();
    lines.iter().map(of_line).collect()
}

/// The figure that `percent` of the others do not exceed.
fn percentile(figures: &[Duration], percent: usize) -> Duration {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// Milliseconds, as short as they are telling.
fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        ..1.0 => format!("{ms:.3} ms"),
        ..100.0 => format!("{ms:.1} ms"),
        _ => format!("{ms:.0} ms"),
    }
}
