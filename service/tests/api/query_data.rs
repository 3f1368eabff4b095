use reqwest::StatusCode;
use serde_json::json;

use crate::{
    provider::Mood,
    service::{Service, answer},
};

#[tokio::test]
async fn what_there_is_on_a_question_comes_without_an_answer() {
    let service = Service::start().await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    let asked = json!({ "query": "cold", "include_references": false });
    let mut found = answer(service.post("/query/data", &asked)).await;
    assert_eq!(found.status, StatusCode::OK);
    let chunk = found.body["data"]["chunks"][0]["chunk_id"].take();
    assert!(chunk.as_str().unwrap().ends_with("-chunk-000"), "{chunk}");
    let wanted = json!({
        "status": "success",
        "message": "Query processed successfully",
        "data": {
            "entities": [],
            "relationships": [],
            "chunks": [{
                "reference_id": "1",
                "content": "Cold starts are measured in seconds.",
                "file_path": "guide.md",
                "chunk_id": null,
            }],
            "references": [{ "reference_id": "1", "file_path": "guide.md" }],
        },
        "metadata": {
            "query_mode": "naive",
            "keywords": { "high_level": [], "low_level": [] },
            "processing_info": { "total_chunks_found": 1, "final_chunks_count": 1 },
        },
    });
    assert_eq!(found.body, wanted);
    assert_eq!(service.stats().chat, 0);
}

#[tokio::test]
async fn where_there_is_nothing_it_says_so_as_lightrag_does() {
    let service = Service::start().await;
    let found = answer(service.post("/query/data", &json!({ "query": "cold" }))).await;
    let wanted = json!({
        "status": "failure",
        "message": "No relevant document chunks found.",
        "data": {},
        "metadata": { "failure_reason": "no_results", "mode": "naive" },
    });
    assert_eq!((found.status, found.body), (StatusCode::OK, wanted));
}

#[tokio::test]
async fn bypass_looks_for_nothing() {
    let service = Service::start().await;
    let asked = json!({ "query": "hi", "mode": "bypass" });
    let found = answer(service.post("/query/data", &asked)).await;
    let data = json!({ "entities": [], "relationships": [], "chunks": [], "references": [] });
    assert_eq!((&found.body["status"], &found.body["data"]), (&json!("success"), &data));
    assert_eq!(found.body["metadata"]["query_mode"], "bypass");
    assert_eq!((service.stats().chat, service.stats().embeddings), (0, 0));
}

#[tokio::test]
async fn a_provider_that_fails_is_told_by_the_status() {
    let service = Service::start().await;
    service.provider_is("embeddings", Mood::Refuse(401, None));
    let told = answer(service.post("/query/data", &json!({ "query": "cold" }))).await;
    assert_eq!(told.code(), (502, "provider_refused"));
}
