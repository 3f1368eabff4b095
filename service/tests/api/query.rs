use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    provider::{Mood, Options},
    service::{Service, answer, until},
};

/// A limit that a test can wait for.
const SHORT: Duration = Duration::from_millis(100);

async fn with_document() -> Service {
    let service = Service::start().await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    service
}

#[tokio::test]
async fn a_question_gets_an_answer_with_its_sources() {
    let service = with_document().await;
    let found = service.query("How are cold starts measured?").await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.body);
    assert_eq!(found.body["response"], "The answer is in [1].");
    assert_eq!(found.body["llm_generated"], true);
    let references = json!([{ "reference_id": "1", "file_path": "guide.md", "content": null }]);
    assert_eq!(found.body["references"], references);
    assert!(found.body["response_time"].as_f64().unwrap() > 0.0);
    assert_eq!(service.stats().with_key, 1, "the LLM alone has a key");
}

#[tokio::test]
async fn references_come_as_asked() {
    let service = with_document().await;
    let body = json!({ "query": "cold", "include_chunk_content": true, "stream": false });
    let found = answer(service.post("/query", &body)).await;
    let content = json!(["Cold starts are measured in seconds."]);
    assert_eq!(found.body["references"][0]["content"], content);
    let body = json!({ "query": "cold", "include_references": false });
    assert_eq!(answer(service.post("/query", &body)).await.body["references"], json!([]));
}

#[tokio::test]
async fn without_documents_the_llm_is_not_asked() {
    let service = Service::start().await;
    let found = service.query("anything").await;
    assert_eq!((found.status, &found.body["llm_generated"]), (StatusCode::OK, &json!(false)));
    assert_eq!((service.stats().embeddings, service.stats().chat), (1, 0));
}

#[tokio::test]
async fn wrong_input_names_the_field() {
    let service = Service::start().await;
    let table = [
        (json!({ "query": " " }), 422, "query:"),
        (json!({ "query": 1 }), 422, "query:"),
        (json!({}), 422, "`query`"),
        (json!({ "query": "x", "mode": "mixed" }), 422, "mode:"),
        (json!({ "query": "x", "top_k": 0 }), 422, "top_k:"),
        (json!({ "query": "x", "chunk_top_k": 1001 }), 422, "chunk_top_k:"),
        (json!({ "query": "x", "include_references": "yes" }), 422, "include_references:"),
    ];
    for (body, status, field) in table {
        let told = answer(service.post("/query", &body)).await;
        assert_eq!(told.code(), (status, "unprocessable"), "{body}");
        let message = told.body["detail"][0]["msg"].as_str().unwrap();
        assert!(message.contains(field), "{}", told.body);
    }
    let request = || service.client.post(format!("{}/query", service.url));
    let broken = request().header("content-type", "application/json").body("{");
    assert_eq!(answer(broken).await.code(), (422, "not_json"));
    assert_eq!(answer(request().body("{}")).await.code(), (400, "malformed"));
    let large = json!({ "query": "x".repeat(300_000) });
    assert_eq!(answer(service.post("/query", &large)).await.code(), (413, "too_large"));
}

#[tokio::test]
async fn a_provider_that_refuses_ends_in_502() {
    let service = with_document().await;
    service.provider_is("chat", Mood::Refuse(401, None));
    let told = service.query("cold").await;
    assert_eq!(told.code(), (502, "provider_refused"));
    assert!(told.body["detail"].as_str().unwrap().contains("not in the mood"), "{}", told.body);
    assert_eq!(service.stats().chat, 1, "what is refused for good is not tried again");
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_tried_again_and_its_pause_passed_on() {
    let service = with_document().await;
    service.provider_is("embeddings", Mood::Refuse(429, Some(100)));
    let told = service.query("cold").await;
    assert_eq!(
        (told.code(), told.retry_after.as_deref()),
        ((502, "provider_refused"), Some("100"))
    );
    service.provider_is("embeddings", Mood::Refuse(503, None));
    assert_eq!(service.query("cold").await.code(), (502, "provider_refused"));
    assert_eq!(service.stats().embeddings, 4);
    service.provider_is("embeddings", Mood::Answer);
    assert_eq!(service.query("cold").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_ends_in_503() {
    let nobody = [("EMBEDDING_BINDING_HOST", "http://127.0.0.1:9/v1")];
    let service = Service::with_environment(&nobody).await;
    let told = service.query("cold").await;
    assert_eq!(told.code(), (503, "provider_unreachable"));
    let health = answer(service.get("/health")).await.body;
    assert_eq!(health["pools"]["embedding"]["state"], "cold");
    let error = health["pools"]["embedding"]["error"].as_str().unwrap();
    assert!(error.starts_with("127.0.0.1:9 cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_provider_that_closes_the_connection_ends_in_503() {
    let service = with_document().await;
    service.provider_is("embeddings", Mood::Reset);
    assert_eq!(service.query("cold").await.code(), (503, "provider_unreachable"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let service = with_document().await;
    service.provider_is("chat", Mood::BreakOff);
    assert_eq!(service.query("cold").await.code(), (503, "provider_unreachable"));
}

#[tokio::test]
async fn a_provider_that_hangs_ends_in_504_in_bounded_time() {
    for endpoint in ["embeddings", "chat"] {
        let service = Service::with(Options::default(), &[], |settings| {
            settings.embedding.limits.function = SHORT;
            settings.llm.limits.function = SHORT;
        })
        .await;
        service.seed("guide.md", "Cold starts.").await;
        service.provider_is(endpoint, Mood::Hang);
        let began = Instant::now();
        assert_eq!(service.query("cold").await.code(), (504, "provider_timeout"), "{endpoint}");
        assert!(began.elapsed() < 10 * SHORT, "{endpoint}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_request_past_its_limit_ends_in_504_and_frees_its_worker() {
    let service = Service::with(Options::default(), &[], |settings| {
        settings.request_timeout = SHORT;
    })
    .await;
    service.provider_is("embeddings", Mood::Hang);
    assert_eq!(service.query("cold").await.code(), (504, "request_timeout"));
    until(async || service.stats().in_flight == 0).await;
    assert_eq!(service.app.embedding.facts().busy, 0);
}

#[tokio::test]
async fn a_client_that_goes_away_frees_its_worker() {
    let service = Service::with_environment(&[("MAX_ASYNC", "1")]).await;
    service.app.embedding.warm().await.unwrap();
    service.provider_is("embeddings", Mood::Hang);
    let request = service.post("/query", &json!({ "query": "cold" })).timeout(SHORT);
    assert!(request.send().await.unwrap_err().is_timeout());
    until(async || service.app.embedding.facts().busy == 0).await;
    until(async || service.stats().in_flight == 0).await;
    service.provider_is("embeddings", Mood::Answer);
    assert_eq!(service.query("cold").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_full_queue_ends_in_429_with_a_time_to_come_again() {
    let service = Service::with_environment(&[("MAX_ASYNC", "1"), ("MAX_QUEUE", "1")]).await;
    service.provider_is("embeddings", Mood::Hang);
    let waiting = [0, 1].map(|_| {
        let request = service.post("/query", &json!({ "query": "cold" }));
        tokio::spawn(request.send())
    });
    until(async || {
        let facts = service.app.embedding.facts();
        (facts.busy, facts.queued) == (1, 1)
    })
    .await;
    let told = service.query("cold").await;
    assert_eq!((told.code(), told.retry_after.as_deref()), ((429, "overloaded"), Some("5")));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_broken_store_ends_in_500_without_its_words() {
    let service = Service::start().await;
    service.store.is_broken.store(true, SeqCst);
    let told = service.query("cold").await;
    assert_eq!(told.code(), (500, "internal"));
    assert!(!told.body.to_string().contains("/secret/place"), "{}", told.body);
}
