//! What it costs to be watched: the same queries without a collector of traces, with one, and with one that is gone.

use std::net::Ipv4Addr;

use axum::{Router, body::Bytes};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{client::Client, documents, load, ms, server::Server};

const CLIENTS: usize = 8;

pub(crate) fn report() {
    println!(
        "| naive queries, built-in models, {CLIENTS} clients, {} s each | queries/s | CPU a query | start to `/readyz` |",
        load::SECONDS
    );
    println!("| --- | --- | --- | --- |");
    let collector = Collector::start();
    row("without traces", &[]);
    row("traces to a collector", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)]);
    let share = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
        ("OTEL_TRACES_SAMPLER_ARG", "0.05"),
    ];
    row("a twentieth of traces to a collector", &share);
    row("traces to nobody", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    println!();
}

fn row(name: &str, settings: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    documents::fill(folder.path(), 20, &[]);
    let mut all = vec![("WARMUP_ON_STARTUP", "true")];
    all.extend_from_slice(settings);
    let server = Server::start(folder.path(), &all);
    let ready = server.until_ok("/readyz");
    let before = server.cpu();
    let (count, _) = load::run(server.port, CLIENTS);
    let cpu = (server.cpu() - before) / u32::try_from(count).unwrap();
    let metrics = Client::connect(server.port).unwrap().get("/metrics").unwrap();
    assert_eq!(metrics.status, 200);
    let a_second = count / usize::try_from(load::SECONDS).unwrap();
    println!("| {name} | {a_second} | {} µs | {} |", cpu.as_micros(), ms(ready));
}

/// A collector that takes all there is, on a thread of its own.
struct Collector {
    url: String,
    _runtime: Runtime,
}

impl Collector {
    fn start() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(async |spans: Bytes| drop(spans));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, _runtime: runtime }
    }
}
