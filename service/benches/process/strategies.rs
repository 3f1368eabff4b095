//! What each strategy buys when the provider is cold: 3 s extra for the first call of each endpoint.

use std::time::{Duration, Instant};

use crate::{client::Client, documents, ms, provider::Options, server::Server, upstream::Upstream};

const COLD: Duration = Duration::from_secs(3);

pub(crate) fn report() {
    println!(
        "A provider whose first call of each endpoint takes {} s more; embedding and LLM by HTTP.\n",
        COLD.as_secs()
    );
    println!(
        "| strategies | ready | first answer to the first query | answered with 200 | second query |"
    );
    println!("| --- | --- | --- | --- | --- |");
    row("none", &[]);
    row("`reduced-workers`", &[("MAX_ASYNC", "4")]);
    row("`prewarm`", &[("WARMUP_ON_STARTUP", "true")]);
    row("`async-init`", &[("ASYNC_INIT", "true")]);
    println!();
}

fn row(name: &str, strategy: &[(&str, &str)]) {
    // The store is filled through a provider that is warm; the cold one is another.
    let data = tempfile::tempdir().unwrap();
    let warm = Upstream::start(Options::default());
    documents::fill(data.path(), 20, &[("EMBEDDING_BINDING_HOST", warm.url())]);
    let cold = Options { first_call_latency: COLD, first_calls: 1, ..Options::default() };
    let upstream = Upstream::start(cold);
    let mut settings =
        vec![("LLM_BINDING_HOST", upstream.url()), ("EMBEDDING_BINDING_HOST", upstream.url())];
    settings.extend_from_slice(strategy);
    let server = Server::start(data.path(), &settings);
    let holds = strategy.contains(&("WARMUP_ON_STARTUP", "true"));
    let ready = server.until_ok(if holds { "/readyz" } else { "/livez" });
    let mut client = Client::connect(server.port).unwrap();
    let begin = Instant::now();
    let first = client.query(&documents::question(1)).unwrap();
    let at_first = begin.elapsed();
    let mut status = first.status;
    while status != 200 {
        std::thread::sleep(Duration::from_millis(20));
        status = client.query(&documents::question(1)).unwrap().status;
        assert!(begin.elapsed() < Duration::from_secs(60), "the query is answered within a minute");
    }
    let answered = begin.elapsed();
    let begin = Instant::now();
    assert_eq!(client.query(&documents::question(2)).unwrap().status, 200);
    let second = begin.elapsed();
    println!(
        "| {name} | {} | {} after {} | {} | {} |",
        ms(ready),
        first.status,
        ms(at_first),
        ms(answered),
        ms(second)
    );
}
