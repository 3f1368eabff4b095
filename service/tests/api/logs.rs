//! What the program writes to its log, and what it must never write anywhere.

use std::fmt::Write;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    program::{Running, program},
    provider::{Mood, Options, Provider},
};

/// Everything that nobody may read.
const SECRETS: [&str; 7] = [
    "sk-embedding-5ecret",
    "sk-llm-5ecret",
    "warm-up-5ecret",
    "collector-5ecret",
    "bearer-5ecret",
    "question-5ecret",
    "document-5ecret",
];

#[tokio::test]
async fn no_secret_and_no_words_of_users_are_seen_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start(0, Options::default()).await.unwrap();
    let mut command = program(folder.path(), &["serve"]);
    command
        .env("LOG_LEVEL", "trace")
        .env("EMBEDDING_BINDING_HOST", &provider.url)
        .env("EMBEDDING_BINDING_API_KEY", SECRETS[0])
        .env("LLM_BINDING_HOST", &provider.url)
        .env("LLM_BINDING_API_KEY", SECRETS[1])
        .env("WARMUP_KEY", SECRETS[2])
        // A collector that cannot be reached, so that failures are logged.
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization={}", SECRETS[3]))
        .env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let running = Running::start(&mut command);
    let client = rag_service::adapters::openai::client().unwrap();
    let mut seen = String::new();
    let words = json!({ "query": SECRETS[5], "text": SECRETS[6], "file_source": "a.md" });
    let mut send = async |method: &str, path: &str| {
        let request = client.request(method.parse().unwrap(), format!("{}{path}", running.url));
        let request = request
            .header("authorization", format!("Bearer {}", SECRETS[4]))
            .header("x-ragctl-key", SECRETS[2]);
        let request = if method == "POST" { request.json(&words) } else { request };
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        writeln!(seen, "{headers:?}\n{}", response.text().await.unwrap()).unwrap();
    };
    send("POST", "/warmup").await;
    send("POST", "/documents/text").await;
    for mood in [
        Mood::Answer,
        Mood::Refuse(401, None),
        Mood::Refuse(503, None),
        Mood::Reset,
        Mood::Garbage,
        Mood::BreakOff,
    ] {
        for endpoint in ["embeddings", "chat"] {
            provider.shared.set(endpoint, mood);
            send("POST", "/query").await;
            provider.shared.set(endpoint, Mood::Answer);
        }
    }
    for path in ["/health", "/readyz", "/metrics", "/nothing"] {
        send("GET", path).await;
    }
    running.signal("-TERM");
    let (code, log) = running.end();
    assert_eq!(code, Some(0));
    let log = log.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(log.contains("spans could not be exported"), "the collector was tried");
    assert!(log.contains("not in the mood"), "the provider's refusals are logged");
    for secret in SECRETS {
        assert!(!log.contains(secret), "`{secret}` is in the log");
        // Who adds a document knows its words; nothing else is told.
        assert!(!seen.contains(secret), "`{secret}` was answered");
    }
}

#[tokio::test]
async fn a_requests_lines_carry_its_id_its_trace_and_no_path_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start(0, Options::default()).await.unwrap();
    let mut command = program(folder.path(), &["serve"]);
    command
        .env("LOG_LEVEL", "debug")
        .env("EMBEDDING_BINDING_HOST", &provider.url)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let running = Running::start(&mut command);
    let client = rag_service::adapters::openai::client().unwrap();
    provider.shared.set("embeddings", Mood::Refuse(503, None));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = client.post(format!("{}/query", running.url)).json(&json!({ "query": "cold" }));
    let request = request
        .header("x-request-id", "mine")
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_GATEWAY);
    let other = client.delete(format!("{}/documents/doc-1", running.url));
    other.header("x-request-id", "other").send().await.unwrap();
    running.signal("-TERM");
    let (_, log) = running.end();
    let line = |message: &str, id: &str| -> &Value {
        let found =
            log.iter().find(|it| it["message"] == message && it["span"]["request_id"] == id);
        found.unwrap_or_else(|| panic!("no line `{message}` of `{id}`: {log:#?}"))
    };
    let answered = line("answered", "mine");
    assert_eq!(answered["span"]["trace_id"], trace);
    assert_eq!(
        (&answered["method"], &answered["path"], &answered["status"]),
        (&json!("POST"), &json!("/query"), &json!(502))
    );
    assert!(answered["duration_ms"].is_u64(), "{answered}");
    assert_eq!(line("not answered", "mine")["code"], "provider_refused");
    // The worker's own lines, which another task writes.
    assert_eq!(line("calling the provider again", "mine")["span"]["trace_id"], trace);
    assert_eq!(line("answered", "other")["path"], "/documents/{id}");
    assert_ne!(line("answered", "other")["span"]["trace_id"], trace);
}

#[tokio::test]
async fn a_failure_carries_the_requests_id_at_every_level() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path(), &["serve"]);
    // Nobody listens there; the first line comes at `info`, so this log is read to its end without it.
    command.env("LOG_LEVEL", "warn").env("EMBEDDING_BINDING_HOST", "http://127.0.0.1:9/v1");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}");
    let mut child =
        command.env("PORT", port.to_string()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let client = rag_service::adapters::openai::client().unwrap();
    crate::service::until(async || client.get(format!("{url}/livez")).send().await.is_ok()).await;
    let request = client.post(format!("{url}/query")).json(&json!({ "query": "cold" }));
    request.header("x-request-id", "mine").send().await.unwrap();
    child.kill().unwrap();
    let log = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = lines.iter().find(|line| line["message"] == "not answered").unwrap();
    assert_eq!(failed["span"]["request_id"], "mine");
}
