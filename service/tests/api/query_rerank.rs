//! Passages put in order by a reranker.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    provider::{Mood, Options},
    service::{Service, answer, until},
};

const COHERE: (&str, &str) = ("RERANK_BINDING", "cohere");

/// Passages of which the last fits best, as the reranker sees it.
async fn with_documents(environment: &[(&str, &str)]) -> Service {
    let service = Service::with_environment(environment).await;
    service.seed("a.md", "cold").await;
    service.seed("b.md", "cold starts").await;
    service.seed("c.md", "cold starts hurt").await;
    service
}

async fn sources(service: &Service, body: Value) -> Vec<String> {
    let found = answer(service.post("/query/data", &body)).await.body;
    let chunks = found["data"]["chunks"].as_array().cloned().unwrap_or_default();
    chunks.iter().map(|chunk| chunk["file_path"].as_str().unwrap().to_owned()).collect()
}

fn asked() -> Value {
    json!({ "query": "cold starts hurt" })
}

#[tokio::test]
async fn a_reranker_puts_passages_in_order_and_numbers_follow() {
    for binding in ["cohere", "jina", "aliyun"] {
        let service = with_documents(&[("RERANK_BINDING", binding)]).await;
        assert_eq!(sources(&service, asked()).await, ["c.md", "b.md", "a.md"], "{binding}");
        let told = answer(service.post("/query", &asked())).await.body;
        assert_eq!(
            told["references"][0],
            json!({ "reference_id": "1", "file_path": "c.md", "content": null })
        );
        assert_eq!(service.stats().rerank, 2);
        let health = answer(service.get("/health")).await.body;
        assert_eq!(health["pools"]["rerank"]["state"], "ready");
    }
}

#[tokio::test]
async fn it_is_asked_only_where_it_is_wanted() {
    let service = with_documents(&[COHERE, ("RERANK_BY_DEFAULT", "false")]).await;
    sources(&service, asked()).await;
    assert_eq!(service.stats().rerank, 0);
    sources(&service, json!({ "query": "cold starts hurt", "enable_rerank": true })).await;
    assert_eq!(service.stats().rerank, 1);

    let service = with_documents(&[COHERE]).await;
    sources(&service, json!({ "query": "cold starts hurt", "enable_rerank": false })).await;
    assert_eq!(service.stats().rerank, 0);

    let service = with_documents(&[]).await;
    let told =
        answer(service.post("/query", &json!({ "query": "cold", "enable_rerank": true }))).await;
    assert_eq!((told.status, service.stats().rerank), (StatusCode::OK, 0), "there is none");
    let health = answer(service.get("/health")).await.body;
    assert!(health["pools"].get("rerank").is_none(), "{health}");
}

#[tokio::test]
async fn what_it_judges_too_low_is_left_out() {
    let service = with_documents(&[COHERE, ("MIN_RERANK_SCORE", "0.15")]).await;
    assert_eq!(sources(&service, asked()).await, ["c.md", "b.md"]);
    let none = answer(service.post("/query", &json!({ "query": "tomatoes" }))).await.body;
    assert_eq!(none["llm_generated"], false);
}

#[tokio::test]
async fn a_reranker_that_fails_ends_as_any_provider() {
    let table = [
        (Mood::Refuse(401, None), (502, "provider_refused")),
        (Mood::Reset, (503, "provider_unreachable")),
        (Mood::Hang, (504, "provider_timeout")),
    ];
    for (mood, code) in table {
        let service = Service::with(Options::default(), &[COHERE], |settings| {
            settings.rerank.as_mut().unwrap().limits.function = Duration::from_millis(100);
        })
        .await;
        service.seed("a.md", "cold").await;
        service.provider_is("rerank", mood);
        for route in ["/query", "/query/stream", "/query/data"] {
            assert_eq!(
                answer(service.post(route, &asked())).await.code(),
                code,
                "{route} {mood:?}"
            );
        }
        assert_eq!(service.stats().chat, 0, "nothing is answered without it");
        service.provider_is("rerank", Mood::Answer);
        assert_eq!(service.query("cold").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_while_passages_are_judged_frees_the_worker() {
    let service = with_documents(&[COHERE, ("MAX_ASYNC_RERANK", "1")]).await;
    service.provider_is("rerank", Mood::Hang);
    let request = service.post("/query", &asked()).timeout(Duration::from_millis(100));
    assert!(request.send().await.unwrap_err().is_timeout());
    until(async || answer(service.get("/health")).await.body["pools"]["rerank"]["busy"] == 0).await;
    until(async || service.stats().in_flight == 0).await;
    service.provider_is("rerank", Mood::Answer);
    assert_eq!(service.query("cold").await.status, StatusCode::OK);
}
