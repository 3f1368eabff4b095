//! Spans of the program, as a collector receives them.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, status::StatusCode as SpanStatus},
};
use prost::Message;
use serde_json::json;
use tokio::{net::TcpListener, task::AbortHandle};

use crate::{
    program::{Running, program},
    provider::{Mood, Options, Provider},
    service::until,
};

/// A collector that keeps what it is sent.
struct Collector {
    url: String,
    received: Arc<Mutex<Received>>,
    server: AbortHandle,
}

#[derive(Default)]
struct Received {
    spans: Vec<Span>,
    services: Vec<String>,
    headers: HeaderMap,
}

impl Collector {
    async fn start() -> Self {
        let received = Arc::new(Mutex::new(Received::default()));
        let kept = Arc::clone(&received);
        let take = move |headers: HeaderMap, body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let mut kept = kept.lock().unwrap();
            kept.headers = headers;
            for resource in request.resource_spans {
                let attributes = resource.resource.unwrap().attributes;
                let service = attributes.iter().find(|it| it.key == "service.name").unwrap();
                kept.services.push(words(service.value.clone().unwrap().value));
                kept.spans.extend(resource.scope_spans.into_iter().flat_map(|it| it.spans));
            }
            std::future::ready(StatusCode::OK)
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", post(take));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received, server: server.abort_handle() }
    }

    fn spans(&self) -> Vec<Span> {
        self.received.lock().unwrap().spans.clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn words(value: Option<Value>) -> String {
    match value {
        Some(Value::StringValue(words)) => words,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

fn attributes(span: &Span) -> HashMap<String, String> {
    let all = span.attributes.iter();
    all.map(|it| (it.key.clone(), words(it.value.clone().unwrap().value))).collect()
}

struct Traced {
    program: Running,
    provider: Provider,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Traced {
    /// The program, which is to send spans to `collector` only when it must: once a minute, or at its end.
    async fn start(collector: &str, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let provider = Provider::start(0, Options::default()).await.unwrap();
        let mut command = program(folder.path(), &["serve"]);
        command
            .env("EMBEDDING_BINDING_HOST", &provider.url)
            .env("LLM_BINDING_HOST", &provider.url)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
            .env("OTEL_BSP_SCHEDULE_DELAY", "60000")
            .envs(more.iter().copied());
        let client = rag_service::adapters::openai::client().unwrap();
        Self { program: Running::start(&mut command), provider, client, _folder: folder }
    }

    async fn add(&self) {
        let body = json!({ "text": "Cold starts are measured in seconds.", "file_source": "a.md" });
        let url = format!("{}/documents/text", self.program.url);
        self.client.post(url).json(&body).send().await.unwrap();
        until(async || {
            let health = self.client.get(format!("{}/health", self.program.url)).send().await;
            let health: serde_json::Value = health.unwrap().json().await.unwrap();
            health["documents"]["processed"] == 1
        })
        .await;
    }

    async fn query(&self, headers: &[(&str, &str)]) -> StatusCode {
        let body = json!({ "query": "How are cold starts measured?" });
        let mut request = self.client.post(format!("{}/query", self.program.url)).json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_becomes_a_part_of_its_clients_trace_and_is_passed_on() {
    let collector = Collector::start().await;
    let settings =
        [("OTEL_SERVICE_NAME", "support"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a%20b")];
    let traced = Traced::start(&collector.url, &settings).await;
    traced.add().await;
    let client = [
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("tracestate", "vendor=1"),
    ];
    assert_eq!(traced.query(&client).await, StatusCode::OK);
    let calls = traced.provider.shared.stats().traces;
    traced.program.signal("-TERM");
    assert_eq!(traced.program.end().0, Some(0));

    let all = collector.spans();
    let of_query: Vec<&Span> = all
        .iter()
        .filter(|span| hex(&span.trace_id) == "0af7651916cd43dd8448eb211c80319c")
        .collect();
    let span = |name: &str| -> &Span {
        let found = of_query.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span `{name}`: {of_query:#?}"))
    };
    assert_eq!(of_query.len(), 4, "{of_query:#?}");
    let request = span("POST /query");
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    assert_eq!(request.trace_state, "vendor=1");
    assert_eq!(request.kind, 2, "a server's");
    let found = attributes(request);
    assert_eq!(found["http.route"], "/query");
    assert_eq!(found["http.request.method"], "POST");
    assert_eq!(found["http.response.status_code"], "200");
    for (name, whole) in [("retrieve", request), ("embed", span("retrieve")), ("generate", request)]
    {
        let part = span(name);
        assert_eq!(part.parent_span_id, whole.span_id, "{name}");
        assert!(part.start_time_unix_nano >= whole.start_time_unix_nano, "{name}");
        assert!(part.end_time_unix_nano >= part.start_time_unix_nano, "{name}");
    }
    // What the providers were told: the trace, and the span that called them.
    let passed_on = |name: &str| {
        let parent = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", hex(&span(name).span_id));
        assert!(calls.contains(&(parent.clone(), "vendor=1".to_owned())), "{parent}: {calls:?}");
    };
    passed_on("embed");
    passed_on("generate");

    let ingest = all.iter().find(|span| span.name == "ingest").unwrap();
    assert!(ingest.parent_span_id.is_empty(), "a trace of its own");
    assert_eq!(attributes(ingest)["rag.chunks"], "1");
    let embedded = all.iter().find(|span| span.parent_span_id == ingest.span_id).unwrap();
    assert_eq!((embedded.name.as_str(), &embedded.trace_id), ("embed", &ingest.trace_id));
    // X-Ray wants the second in which a trace began.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let second = u64::from_str_radix(&hex(&ingest.trace_id)[..8], 16).unwrap();
    assert!((now - 600..=now).contains(&second), "{second}");

    let received = collector.received.lock().unwrap();
    assert!(received.services.iter().all(|name| name == "support"), "{:?}", received.services);
    assert_eq!(received.headers["x-tenant"], "a b");
    // Nothing that anybody wrote is in any attribute or event.
    for span in &all {
        let text = format!("{:?}{:?}", span.attributes, span.events);
        assert!(!text.contains("cold") && !text.contains("Cold"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_request_is_marked_as_one() {
    let collector = Collector::start().await;
    let traced = Traced::start(&collector.url, &[]).await;
    traced.provider.shared.set("embeddings", Mood::Refuse(401, None));
    assert_eq!(traced.query(&[]).await, StatusCode::BAD_GATEWAY);
    traced.program.signal("-TERM");
    traced.program.end();
    let spans = collector.spans();
    let request = spans.iter().find(|span| span.name == "POST /query").unwrap();
    assert_eq!(request.status.as_ref().unwrap().code(), SpanStatus::Error);
    assert!(spans.iter().all(|span| span.events.is_empty()), "what went wrong is in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_share_decides_unless_the_client_did() {
    let collector = Collector::start().await;
    let traced = Traced::start(&collector.url, &[("OTEL_TRACES_SAMPLER_ARG", "0")]).await;
    assert_eq!(traced.query(&[]).await, StatusCode::OK);
    let sampled = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
    assert_eq!(traced.query(&sampled).await, StatusCode::OK);
    traced.program.signal("-TERM");
    traced.program.end();
    let spans = collector.spans();
    assert!(!spans.is_empty());
    let is_asked_for = |span: &Span| hex(&span.trace_id) == "0af7651916cd43dd8448eb211c80319c";
    assert!(spans.iter().all(is_asked_for), "{spans:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_hangs_or_is_gone_costs_one_line_and_two_seconds_at_the_end() {
    // Connections are accepted by the system and never answered.
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = (format!("http://{}", hanging.local_addr().unwrap()), Some(hanging));
    let gone = ("http://127.0.0.1:9".to_owned(), None);
    for (url, _listener) in [hanging, gone] {
        let often = [("OTEL_BSP_SCHEDULE_DELAY", "20"), ("OTEL_BSP_MAX_QUEUE_SIZE", "4")];
        let traced = Traced::start(&url, &often).await;
        let began = Instant::now();
        for _ in 0..50 {
            assert_eq!(traced.query(&[]).await, StatusCode::OK);
        }
        // One wait for a collector that hangs would take 10 s.
        assert!(began.elapsed() < Duration::from_secs(60), "no query waits for the collector");
        let began = Instant::now();
        traced.program.signal("-TERM");
        let (code, log) = traced.program.end();
        assert_eq!(code, Some(0), "{url}");
        // Without a bound of its own, the flush would take those 10 s.
        assert!(began.elapsed() < Duration::from_secs(9), "{url}: {:?}", began.elapsed());
        let lost = log.iter().filter(|line| line["message"] == "spans could not be exported");
        assert!(lost.count() <= 1, "{url}: {log:#?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The documents that X-Ray's daemon was sent, until one is named `last`.
async fn segments(daemon: &tokio::net::UdpSocket, last: &str) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    let mut datagram = vec![0; 64 * 1024];
    loop {
        let received = tokio::time::timeout(Duration::from_secs(20), daemon.recv(&mut datagram));
        let length = received.await.expect("the daemon hears of it").unwrap();
        let text = std::str::from_utf8(&datagram[..length]).unwrap();
        let (header, document) = text.split_once('\n').unwrap();
        assert_eq!(header, r#"{"format":"json","version":1}"#);
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let is_last = document["name"] == last;
        all.push(document);
        if is_last {
            return all;
        }
    }
}

#[tokio::test]
async fn x_rays_daemon_gets_sub_segments_below_the_callers_and_none_that_is_not_sampled() {
    let daemon = tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start(0, Options::default()).await.unwrap();
    let mut command = program(folder.path(), &["serve"]);
    command
        .env("AWS_XRAY_DAEMON_ADDRESS", daemon.local_addr().unwrap().to_string())
        .env("EMBEDDING_BINDING_HOST", &provider.url)
        .env("LLM_BINDING_HOST", &provider.url);
    let running = Running::start(&mut command);
    let client = rag_service::adapters::openai::client().unwrap();
    let ask = async |path: &str, trace: &str| {
        let body = json!({ "query": "How long does it take?", "text": "It takes long, how long?" });
        let request = client.post(format!("{}{path}", running.url)).json(&body);
        request.header("x-amzn-trace-id", trace).send().await.unwrap().status().as_u16()
    };
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";
    assert_eq!(ask("/documents/text", &format!("{trace};Sampled=0")).await, 200);
    assert_eq!(ask("/nothing", &format!("{trace};Sampled=1")).await, 404);
    until(async || provider.shared.stats().embeddings > 0).await;
    ask("/query", &format!("{trace};Sampled=1")).await;
    let first = segments(&daemon, "POST none").await.remove(0);
    assert_eq!((&first["error"], &first["fault"]), (&json!(true), &json!(null)), "{first}");
    let all = segments(&daemon, "POST /query").await;
    let named = |name: &str| {
        all.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {all:?}"))
    };
    let request = named("POST /query");
    assert_eq!(request["parent_id"], "53995c3f42cd8ad8");
    assert_eq!(request["annotations"]["http_response_status_code"], 200);
    for segment in &all {
        assert_eq!(segment["type"], "subsegment");
        assert_eq!(segment["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
        assert!(segment["start_time"].as_f64() <= segment["end_time"].as_f64());
    }
    assert_eq!(named("retrieve")["parent_id"], request["id"]);
    assert_eq!(named("retrieve")["annotations"]["rag_mode"], "naive");
    assert_eq!(named("embed")["annotations"]["rag_texts"], 1);
}
