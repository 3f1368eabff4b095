use std::sync::atomic::Ordering::SeqCst;

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    provider::Mood,
    service::{Service, answer, until},
};

#[tokio::test]
async fn a_document_is_kept_indexed_and_found() {
    let service = Service::start().await;
    service.add("guide.md", "The balancer drains for thirty seconds.").await;
    let listed = answer(service.get("/documents")).await.body;
    assert_eq!(
        (&listed["total_count"], &listed["status_counts"]["processed"]),
        (&json!(1), &json!(1))
    );
    let document = &listed["documents"][0];
    assert_eq!(document["file_path"], "guide.md");
    assert_eq!((&document["status"], &document["chunks_count"]), (&json!("processed"), &json!(1)));
    let found = service.query("How long does the balancer drain?").await;
    assert_eq!(found.body["references"][0]["file_path"], "guide.md");
}

#[tokio::test]
async fn the_same_document_twice_is_one_and_another_text_is_a_conflict() {
    let service = Service::start().await;
    service.add("guide.md", "One.").await;
    service.add("guide.md", "One.").await;
    let body = json!({ "text": "Two.", "file_source": "guide.md" });
    let told = answer(service.post("/documents/text", &body)).await;
    assert_eq!(told.code(), (409, "conflict"));
    assert_eq!(answer(service.get("/documents")).await.body["total_count"], 1);
}

#[tokio::test]
async fn documents_are_listed_by_page_and_by_track() {
    let service = Service::start().await;
    let mut tracks = Vec::new();
    for number in 0..3 {
        let body = json!({ "text": format!("Text {number}") });
        tracks.push(answer(service.post("/documents/text", &body)).await.body["track_id"].clone());
    }
    let page = answer(service.get("/documents?page=2&page_size=2")).await.body;
    assert_eq!((page["documents"].as_array().unwrap().len(), &page["total_count"]), (1, &json!(3)));
    let track = format!("/documents?track_id={}", tracks[1].as_str().unwrap());
    let page = answer(service.get(&track)).await.body;
    assert_eq!(page["documents"][0]["content_summary"], "Text 1");
    for wrong in ["page=0", "page_size=201", "page_size=0", "page=x"] {
        let told = answer(service.get(&format!("/documents?{wrong}"))).await;
        assert_eq!(told.code(), (422, "unprocessable"), "{wrong}");
        let field = wrong.split('=').next().unwrap();
        assert!(told.body["detail"][0].to_string().contains(field), "{}", told.body);
    }
}

#[tokio::test]
async fn a_deleted_document_is_gone() {
    let service = Service::start().await;
    service.add("guide.md", "One.").await;
    let id = answer(service.get("/documents")).await.body["documents"][0]["id"].clone();
    let path = format!("{}/documents/{}", service.url, id.as_str().unwrap());
    let gone = answer(service.client.delete(&path)).await;
    assert_eq!((gone.status, &gone.body["doc_id"]), (StatusCode::OK, &id));
    assert_eq!(answer(service.client.delete(&path)).await.code(), (404, "not_found"));
    let found = service.query("One.").await;
    assert_eq!(found.body["llm_generated"], false);
}

#[tokio::test]
async fn blank_text_is_refused() {
    let service = Service::start().await;
    let told = answer(service.post("/documents/text", &json!({ "text": " \n" }))).await;
    assert_eq!(told.code(), (422, "unprocessable"));
}

#[tokio::test]
async fn a_document_that_the_provider_refuses_fails_with_the_reason() {
    let service = Service::start().await;
    service.provider_is("embeddings", Mood::Refuse(400, None));
    service.add("guide.md", "One.").await;
    let document = answer(service.get("/documents")).await.body["documents"][0].clone();
    assert_eq!(document["status"], "failed");
    assert!(document["error_msg"].as_str().unwrap().contains("answered 400"), "{document}");
    service.provider_is("embeddings", Mood::Answer);
    service.add("guide.md", "One.").await;
    assert_eq!(answer(service.get("/documents")).await.body["status_counts"]["processed"], 1);
}

#[tokio::test]
async fn a_long_document_is_embedded_in_batches() {
    let environment =
        [("CHUNK_SIZE", "5"), ("CHUNK_OVERLAP_SIZE", "0"), ("EMBEDDING_BATCH_NUM", "4")];
    let service = Service::with_environment(&environment).await;
    let words: Vec<String> =
        (0..100).map(|number| format!("Sentence {number} ends here.")).collect();
    service.add("long.md", &words.join("\n\n")).await;
    let document = answer(service.get("/documents")).await.body["documents"][0].clone();
    let chunks = document["chunks_count"].as_u64().unwrap();
    assert!(chunks >= 20, "{document}");
    assert_eq!(service.stats().embeddings, chunks.div_ceil(4));
}

#[tokio::test]
async fn a_stop_gives_back_what_is_in_work() {
    let mut service = Service::start().await;
    service.provider_is("embeddings", Mood::Hang);
    let body = json!({ "text": "One.", "file_source": "guide.md" });
    answer(service.post("/documents/text", &body)).await;
    until(async || service.stats().in_flight == 1).await;
    service.begin_stop();
    let store = std::sync::Arc::clone(&service.store);
    service.stop().await;
    use rag_service::ports::Store;
    let now = jiff::Timestamp::now();
    let taken = store.claim("another".to_owned(), now, now).await.unwrap();
    assert_eq!(taken.unwrap().source, "guide.md");
}

#[tokio::test]
async fn a_store_that_fails_acknowledges_nothing() {
    let service = Service::start().await;
    service.store.is_broken.store(true, SeqCst);
    let told = answer(service.post("/documents/text", &json!({ "text": "One." }))).await;
    assert_eq!(told.code(), (500, "internal"));
}
