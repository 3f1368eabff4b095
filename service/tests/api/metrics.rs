//! `GET /metrics` of the program, after requests that are counted here, too.

use reqwest::{Client, Response, StatusCode};
use serde_json::json;

use crate::{
    program::{Running, program},
    provider::{Mood, Options, Provider},
    service::until,
};

struct Observed {
    program: Running,
    provider: Provider,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Observed {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let provider = Provider::start(0, Options::default()).await.unwrap();
        let mut command = program(folder.path(), &["serve"]);
        command.env("EMBEDDING_BINDING_HOST", &provider.url).env("LLM_BINDING_HOST", &provider.url);
        let client = rag_service::adapters::openai::client().unwrap();
        Self { program: Running::start(&mut command), provider, client, _folder: folder }
    }

    async fn post(&self, path: &str, body: &serde_json::Value) -> Response {
        let url = format!("{}{path}", self.program.url);
        self.client.post(url).json(body).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.program.url)).send().await.unwrap()
    }

    async fn query(&self) -> StatusCode {
        self.post("/query", &json!({ "query": "How are cold starts measured?" })).await.status()
    }

    async fn metrics(&self) -> String {
        self.get("/metrics").await.text().await.unwrap()
    }
}

/// The value of a metric that has all of these labels; none when there is no such line.
fn value(metrics: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    metrics.lines().find_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let (its_name, its_labels) = series.split_once('{').unwrap_or((series, ""));
        let has = |(key, value): &(&str, &str)| its_labels.contains(&format!("{key}=\"{value}\""));
        (its_name == name && labels.iter().all(has)).then(|| value.parse().unwrap())
    })
}

#[tokio::test]
async fn what_happened_can_be_read_off() {
    let observed = Observed::start().await;
    let body = json!({ "text": "Cold starts are measured in seconds.", "file_source": "a.md" });
    assert_eq!(observed.post("/documents/text", &body).await.status(), StatusCode::OK);
    until(async || {
        let metrics = observed.metrics().await;
        value(&metrics, "rag_documents", &[("status", "processed")]) == Some(1.0)
    })
    .await;
    for _ in 0..3 {
        assert_eq!(observed.query().await, StatusCode::OK);
    }
    for path in ["/nothing/1", "/nothing/2", "/documents?page=1", "/documents?page=0"] {
        observed.get(path).await;
    }
    observed
        .client
        .delete(format!("{}/documents/doc-none", observed.program.url))
        .send()
        .await
        .unwrap();
    observed.provider.shared.set("embeddings", Mood::Refuse(500, None));
    assert_eq!(observed.query().await, StatusCode::BAD_GATEWAY);
    observed.provider.shared.set("embeddings", Mood::Reset);
    assert_eq!(observed.query().await, StatusCode::SERVICE_UNAVAILABLE);

    let metrics = observed.metrics().await;
    let is = |name: &str, labels: &[(&str, &str)], wanted: f64| {
        let found = value(&metrics, name, labels);
        assert_eq!(found, Some(wanted), "{name} {labels:?}\n{metrics}");
    };
    let requests = |route, method, status, count| {
        let labels = [("route", route), ("method", method), ("status", status)];
        is("rag_http_requests_total", &labels, count);
    };
    requests("/query", "POST", "200", 3.0);
    requests("/query", "POST", "502", 1.0);
    requests("/query", "POST", "503", 1.0);
    requests("/documents/text", "POST", "200", 1.0);
    requests("/documents", "GET", "200", 1.0);
    requests("/documents", "GET", "422", 1.0);
    requests("/documents/{id}", "DELETE", "404", 1.0);
    requests("none", "GET", "404", 2.0);
    let query = [("route", "/query"), ("method", "POST")];
    is("rag_http_request_duration_seconds_count", &query, 5.0);
    is("rag_http_request_duration_seconds_bucket", &[("route", "/query"), ("le", "180")], 5.0);
    is("rag_http_requests_in_flight", &[], 1.0);
    let embedding = ("pool", "embedding");
    // One for the document, one for each answered query, three for each that failed.
    is("rag_provider_call_seconds_count", &[embedding], 10.0);
    is("rag_provider_failures_total", &[embedding, ("kind", "failed")], 3.0);
    is("rag_provider_failures_total", &[embedding, ("kind", "unreachable")], 3.0);
    is("rag_provider_retries_total", &[embedding], 4.0);
    is("rag_provider_call_seconds_count", &[("pool", "llm")], 3.0);
    is("rag_pool_wait_seconds_count", &[embedding, ("priority", "query")], 5.0);
    is("rag_pool_wait_seconds_count", &[embedding, ("priority", "ingest")], 1.0);
    is("rag_pool_workers", &[embedding], 8.0);
    is("rag_pool_workers_busy", &[embedding], 0.0);
    is("rag_pool_queued_calls", &[embedding, ("priority", "query")], 0.0);
    is("rag_pool_ready", &[("pool", "llm")], 1.0);
    is("rag_pool_breaker", &[embedding, ("state", "closed")], 1.0);
    is("rag_pool_breaker", &[embedding, ("state", "open")], 0.0);
    is("rag_documents_ingested_total", &[("outcome", "processed")], 1.0);
    is("rag_chunks_ingested_total", &[], 1.0);
    for stage in ["cut", "embed", "store"] {
        is("rag_ingest_stage_seconds_count", &[("stage", stage)], 1.0);
    }
    is("rag_store_call_seconds_count", &[("call", "candidates")], 3.0);
    for call in ["add", "put"] {
        is("rag_store_call_seconds_count", &[("call", call)], 1.0);
    }
    is("rag_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    for phase in ["bind", "store", "embedding", "llm", "warm"] {
        let seconds = value(&metrics, "rag_start_phase_seconds", &[("phase", phase)]);
        assert!(seconds > Some(0.0), "{phase}: {seconds:?}");
    }
    assert!(value(&metrics, "process_resident_memory_bytes", &[]) > Some(1e6));
    assert!(value(&metrics, "process_open_fds", &[]) > Some(3.0));
    let year_2024 = 1_704_067_200.0;
    assert!(value(&metrics, "process_start_time_seconds", &[]) > Some(year_2024));
}

#[tokio::test]
async fn an_open_breaker_and_what_it_turned_away_are_seen() {
    let observed = Observed::start().await;
    observed.provider.shared.set("embeddings", Mood::Refuse(503, Some(100)));
    let embedding = ("pool", "embedding");
    // The caller learns of a failure before its pool has noted it.
    until(async || {
        observed.query().await;
        let metrics = observed.metrics().await;
        value(&metrics, "rag_pool_breaker", &[embedding, ("state", "open")]) == Some(1.0)
    })
    .await;
    let rejections = |metrics: &str| {
        let of_breaker = ("reason", "unavailable");
        value(metrics, "rag_pool_rejections_total", &[embedding, of_breaker]).unwrap_or_default()
    };
    let before = rejections(&observed.metrics().await);
    for _ in 0..2 {
        observed.query().await;
    }
    let metrics = observed.metrics().await;
    let one = |name: &str, label| value(&metrics, name, &[embedding, label]);
    assert_eq!(one("rag_pool_breaker", ("state", "open")), Some(1.0), "{metrics}");
    assert_eq!(one("rag_pool_breaker_opened_total", embedding), Some(1.0), "{metrics}");
    assert!((rejections(&metrics) - before - 2.0).abs() < 0.1, "{metrics}");
}

#[tokio::test]
async fn every_line_is_prometheus_text_and_every_name_has_its_meaning() {
    let observed = Observed::start().await;
    observed.query().await;
    let answer = observed.get("/metrics").await;
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let metrics = answer.text().await.unwrap();
    let mut named = String::new();
    for line in metrics.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            named = rest.split(' ').next().unwrap().to_owned();
            assert!(rest.len() > named.len() + 1, "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest.split(' ').next().unwrap(), named, "a metric without a meaning");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(series.starts_with(&named), "{line}");
            value.parse::<f64>().unwrap();
        }
    }
}
