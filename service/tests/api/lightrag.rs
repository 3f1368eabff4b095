//! LightRAG's routes about documents, and what of its server there is not.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::service::{Service, answer};

#[tokio::test]
async fn texts_are_kept_together_and_followed_by_their_track() {
    let service = Service::start().await;
    let body = json!({ "texts": ["One.", "Two.", "Three."], "file_sources": ["a.md", "b.md"] });
    let kept = answer(service.post("/documents/texts", &body)).await;
    assert_eq!((kept.status, &kept.body["status"]), (StatusCode::OK, &json!("success")));
    service.settled().await;
    let track = kept.body["track_id"].as_str().unwrap();
    let told = answer(service.get(&format!("/documents/track_status/{track}"))).await.body;
    assert_eq!(
        (&told["total_count"], &told["status_summary"]),
        (&json!(3), &json!({ "processed": 3 }))
    );
    let first = &told["documents"][0];
    for field in [
        "id",
        "content_summary",
        "content_length",
        "status",
        "created_at",
        "updated_at",
        "track_id",
        "chunks_count",
        "error_msg",
        "metadata",
        "file_path",
    ] {
        assert!(first.get(field).is_some(), "{field}");
    }
    assert_eq!((&first["file_path"], &first["status"]), (&json!("a.md"), &json!("processed")));
    // Sent again: the answer leads to those that are there.
    let again = answer(service.post("/documents/texts", &body)).await.body;
    assert_eq!((&again["status"], &again["track_id"]), (&json!("success"), &json!(track)));
    let unknown = answer(service.get("/documents/track_status/unknown")).await;
    assert_eq!((unknown.status, &unknown.body["documents"]), (StatusCode::OK, &json!([])));
}

#[tokio::test]
async fn what_conflicts_is_named_and_the_others_are_kept() {
    let service = Service::start().await;
    service.add("a.md", "One.").await;
    let body = json!({ "texts": ["Other.", "Two."], "file_sources": ["a.md", "b.md"] });
    let told = answer(service.post("/documents/texts", &body)).await.body;
    assert_eq!(told["status"], "partial_success");
    assert!(told["message"].as_str().unwrap().contains("`a.md`"), "{told}");
    let body = json!({ "texts": ["Other."], "file_sources": ["a.md"] });
    assert_eq!(answer(service.post("/documents/texts", &body)).await.code(), (409, "conflict"));
    service.settled().await;
    assert_eq!(
        answer(service.get("/documents/status_counts")).await.body["status_counts"]["all"],
        2
    );
}

#[tokio::test]
async fn a_request_that_is_wrong_leaves_nothing_behind() {
    let service = Service::start().await;
    for (body, place) in [
        (json!({ "texts": ["One.", " "] }), "texts[1]"),
        (json!({ "texts": [] }), "texts"),
        (json!({ "texts": ["One."], "file_sources": ["a", "b"] }), "file_sources"),
        (json!({ "texts": ["One.", "Two."], "file_sources": ["ok", "a\nb"] }), "texts[1]"),
        (json!({ "texts": "One." }), "texts"),
    ] {
        let told = answer(service.post("/documents/texts", &body)).await;
        assert_eq!(told.code(), (422, "unprocessable"), "{body}");
        assert_eq!(told.body["detail"][0]["loc"], json!(["body", place]), "{}", told.body);
        assert!(told.body["detail"][0]["msg"].is_string());
    }
    let chunking = json!({ "texts": ["One."], "chunking": { "strategy": "semantic_vector" } });
    assert_eq!(
        answer(service.post("/documents/texts", &chunking)).await.code(),
        (422, "not_available")
    );
    assert_eq!(answer(service.get("/documents")).await.body["total_count"], 0);
}

#[tokio::test]
async fn broken_json_is_told_as_lightrag_tells_it() {
    let service = Service::start().await;
    let url = format!("{}/documents/text", service.url);
    let request =
        service.client.post(url).header("content-type", "application/json").body("{\"text\": ");
    let told = answer(request).await;
    assert_eq!(told.code(), (422, "not_json"));
    assert_eq!(told.body["detail"][0]["type"], "json_invalid");
}

#[tokio::test]
async fn documents_are_listed_by_status_and_order() {
    let service = Service::start().await;
    for number in 0..12 {
        service.add(&format!("{number:02}.md"), &format!("Text {number}.")).await;
    }
    let list = async |body: Value| answer(service.post("/documents/paginated", &body)).await;
    let told = list(
        json!({ "page": 2, "page_size": 10, "sort_field": "file_path", "sort_direction": "asc" }),
    )
    .await
    .body;
    let paths: Vec<&str> = told["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["file_path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["10.md", "11.md"]);
    let expected = json!({ "page": 2, "page_size": 10, "total_count": 12, "total_pages": 2, "has_next": false, "has_prev": true });
    assert_eq!(told["pagination"], expected);
    assert_eq!(told["status_counts"]["processed"], 12);
    for (filter, count) in [
        (json!({ "status_filter": "processed" }), 12),
        (json!({ "status_filter": "parsing" }), 0),
        (json!({ "status_filters": ["failed", "pending"] }), 0),
        (json!({ "status_filters": ["failed", "processed"] }), 12),
        (json!({ "status_filter": null, "status_filters": [] }), 12),
    ] {
        assert_eq!(list(filter.clone()).await.body["pagination"]["total_count"], count, "{filter}");
    }
    for wrong in [json!({ "page": 0 }), json!({ "page_size": 201 }), json!({ "sort_field": "x" })] {
        assert_eq!(list(wrong).await.code(), (422, "unprocessable"));
    }
}

#[tokio::test]
async fn documents_are_deleted_by_list_and_all_at_once() {
    let service = Service::start().await;
    for source in ["a.md", "b.md", "c.md"] {
        service.add(source, source).await;
    }
    let listed = answer(service.get("/documents")).await.body;
    let id = listed["documents"][0]["id"].clone();
    let delete = |body: Value| {
        service.client.delete(format!("{}/documents/delete_document", service.url)).json(&body)
    };
    let told = answer(delete(json!({ "doc_ids": [id, "doc-none"], "delete_file": true }))).await;
    assert_eq!((told.status, &told.body["status"]), (StatusCode::OK, &json!("deletion_started")));
    assert_eq!(answer(delete(json!({ "doc_ids": [id] }))).await.code(), (404, "not_found"));
    assert_eq!(answer(delete(json!({ "doc_ids": [] }))).await.code(), (422, "unprocessable"));
    assert_eq!(answer(service.get("/documents")).await.body["total_count"], 2);
    let cleared = answer(service.client.delete(format!("{}/documents", service.url))).await.body;
    assert_eq!((&cleared["status"], &cleared["message"]), (&json!("success"), &json!("2 deleted")));
    assert_eq!(answer(service.get("/documents")).await.body["total_count"], 0);
}

#[tokio::test]
async fn what_was_done_is_told() {
    let service = Service::start().await;
    service.add("a.md", "One.").await;
    let told = answer(service.get("/documents/pipeline_status")).await.body;
    assert_eq!(
        (&told["busy"], &told["docs"], &told["cur_batch"]),
        (&json!(false), &json!(1), &json!(1))
    );
    assert!(told["latest_message"].as_str().unwrap().contains("`a.md`"), "{told}");
    assert_eq!(told["history_messages"].as_array().unwrap().len(), 2);
    let types = answer(service.get("/documents/supported_file_types")).await.body;
    assert!(types["supported_file_types"].as_array().unwrap().contains(&json!(".md")), "{types}");
}

#[tokio::test]
async fn what_there_is_not_says_so_and_names_what_there_is() {
    let service = Service::start().await;
    for (path, word) in [
        ("/login", "X-API-Key"),
        ("/documents/scan", "/documents/upload"),
        ("/graph/entity/edit", "documents"),
        ("/documents/cancel_pipeline", "deleting"),
    ] {
        let told = answer(service.post(path, &json!({}))).await;
        assert_eq!(told.code(), (501, "not_implemented"), "{path}");
        assert!(told.body["detail"].as_str().unwrap().contains(word), "{}", told.body);
    }
}

#[tokio::test]
async fn the_description_has_every_route_and_no_empty_one() {
    let service = Service::start().await;
    let api = answer(service.get("/openapi.json")).await.body;
    assert!(api["openapi"].as_str().unwrap().starts_with("3."));
    let mut ids = BTreeSet::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, about) in methods.as_object().unwrap() {
            assert!(
                about["summary"].is_string() && about["tags"][0].is_string(),
                "{method} {path}"
            );
            assert!(about["responses"]["200"].is_object(), "{method} {path}");
            assert!(ids.insert(about["operationId"].to_string()), "{about}");
        }
    }
    for schema in ["InsertTextRequest", "DocStatusResponse", "Refusal", "Health"] {
        assert!(api["components"]["schemas"][schema].is_object(), "{schema}");
    }
}
