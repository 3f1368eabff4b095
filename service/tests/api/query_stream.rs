use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    provider::Mood,
    service::{Service, answer, until},
};

async fn lines(service: &Service) -> Vec<Value> {
    let body = json!({ "query": "cold starts" });
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
