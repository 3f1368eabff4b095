use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    provider::{Mood, Options},
    service::{Service, answer, until},
};

async fn lines(service: &Service) -> Vec<Value> {
    lines_of(service, json!({ "query": "cold starts" })).await
}

async fn lines_of(service: &Service, body: Value) -> Vec<Value> {
    let response = service.post("/query/stream", &body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn with_document() -> Service {
    let service = Service::start().await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    service
}

#[tokio::test]
async fn references_come_first_then_the_answer_piece_by_piece() {
    let service = with_document().await;
    let lines = lines(&service).await;
    assert_eq!(lines[0]["references"][0]["file_path"], "guide.md");
    let words: Vec<&str> =
        lines[1..].iter().map(|line| line["response"].as_str().unwrap()).collect();
    assert_eq!(words, ["The ", "answer ", "is ", "in ", "[1]."]);
    until(async || service.app.llm.facts().busy == 0).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_so_last() {
    let service = with_document().await;
    service.provider_is("chat", Mood::BreakOff);
    let lines = lines(&service).await;
    assert_eq!(lines[1], json!({ "response": "The " }));
    let last = lines.last().unwrap()["error"].as_str().unwrap();
    assert!(last.contains("cannot be reached"), "{last}");
}

#[tokio::test]
async fn a_provider_that_fails_before_the_first_word_has_a_status() {
    let service = with_document().await;
    let request = || service.post("/query/stream", &json!({ "query": "cold" }));
    service.provider_is("chat", Mood::Refuse(400, None));
    assert_eq!(answer(request()).await.code(), (502, "provider_refused"));
    service.provider_is("chat", Mood::Reset);
    assert_eq!(answer(request()).await.code(), (503, "provider_unreachable"));
}

#[tokio::test]
async fn wrong_input_is_refused_before_anything_is_sent() {
    let service = Service::start().await;
    let told = answer(service.post("/query/stream", &json!({ "query": "" }))).await;
    assert_eq!(told.code(), (422, "unprocessable"));
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_is_one_line() {
    let service = with_document().await;
    let reference = json!({ "reference_id": "1", "file_path": "guide.md" });
    let body = json!({ "query": "cold starts", "stream": false });
    let whole = json!({
        "response": "The answer is in [1].", "llm_generated": true, "references": [reference],
    });
    assert_eq!(lines_of(&service, body).await, [whole]);
    let body = json!({ "query": "cold starts", "stream": false, "include_references": false });
    let whole = json!({ "response": "The answer is in [1].", "llm_generated": true });
    assert_eq!(lines_of(&service, body).await, [whole]);
    let service = Service::start().await;
    let none = lines_of(&service, json!({ "query": "cold starts" })).await;
    assert_eq!((none.len(), &none[0]["llm_generated"]), (1, &json!(false)));
    assert_eq!(none[0]["references"], json!([]));
}

#[tokio::test]
async fn references_come_with_what_they_hold_or_not_at_all() {
    let service = with_document().await;
    let lines = lines_of(&service, json!({ "query": "cold", "include_chunk_content": true })).await;
    let content = json!(["Cold starts are measured in seconds."]);
    let reference = json!({ "reference_id": "1", "file_path": "guide.md", "content": content });
    assert_eq!(lines[0], json!({ "references": [reference] }));
    let lines = lines_of(&service, json!({ "query": "cold", "include_references": false })).await;
    assert_eq!(lines[0], json!({ "response": "The " }));
}

#[tokio::test]
async fn stages_come_first_and_the_time_last() {
    let environment = [("ENABLE_GRAPH", "true"), ("RERANK_BINDING", "jina")];
    let service = Service::with_environment(&environment).await;
    service.add("guide.md", "Fargate runs Tasks.").await;
    let body = json!({ "query": "What runs on Fargate?", "include_progress": true });
    let lines = lines_of(&service, body).await;
    let stages: Vec<&str> = lines.iter().map_while(|line| line["progress"].as_str()).collect();
    let wanted = [
        "extracting_keywords",
        "retrieving_entities",
        "retrieving_relations",
        "retrieving_chunks",
        "reranking",
        "generating_response",
    ];
    assert_eq!(stages, wanted);
    assert_eq!(lines[6]["references"][0]["file_path"], "guide.md");
    assert_eq!(lines[7], json!({ "response": "The " }));
    assert!(lines.last().unwrap()["response_time"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn who_is_told_of_stages_is_told_of_a_failure_by_a_line() {
    let service = with_document().await;
    service.provider_is("embeddings", Mood::Refuse(401, None));
    let body = json!({ "query": "cold starts", "include_progress": true });
    let lines = lines_of(&service, body.clone()).await;
    assert_eq!(lines[0], json!({ "progress": "retrieving_chunks" }));
    assert_eq!(lines[1]["code"], "provider_refused");
    assert!(lines[1]["error"].as_str().unwrap().contains("not in the mood"), "{lines:?}");
    assert!(lines.iter().all(|line| line.get("response").is_none()), "{lines:?}");
    service.provider_is("embeddings", Mood::Answer);
    service.provider_is("chat", Mood::BreakOff);
    let lines = lines_of(&service, body).await;
    assert!(lines[lines.len() - 2]["error"].is_string(), "{lines:?}");
}

#[tokio::test]
async fn a_stream_past_the_limit_of_a_request_says_so() {
    let service = Service::with(Options::default(), &[], |settings| {
        settings.request_timeout = Duration::from_millis(100);
    })
    .await;
    service.seed("guide.md", "Cold starts.").await;
    service.provider_is("chat", Mood::Hang);
    let body = json!({ "query": "cold starts", "include_progress": true });
    let lines = lines_of(&service, body).await;
    let error = lines.iter().find(|line| line.get("error").is_some()).unwrap();
    assert_eq!(error["code"], "request_timeout");
    until(async || service.app.llm.facts().busy == 0).await;
}

#[tokio::test]
async fn a_client_that_stops_reading_frees_the_worker() {
    let service = with_document().await;
    for progress in [true, false] {
        service.provider_is("chat", Mood::Hang);
        let body = json!({ "query": "cold starts", "include_progress": progress });
        let request = service.post("/query/stream", &body).timeout(Duration::from_millis(100));
        let left = match request.send().await {
            Ok(response) => response.text().await.is_err(),
            Err(error) => error.is_timeout(),
        };
        assert!(left);
        until(async || service.app.llm.facts().busy == 0).await;
        until(async || service.stats().in_flight == 0).await;
    }
}
